/**
 * What people make secrets of: words of this trade, names, months, and the commonest of passwords and of English. Picked
 * from the frequency lists of zxcvbn (MIT) and by hand; more of the kind may be added in any order.
 */
export const WELL_KNOWN_WORDS: readonly string[] = `
aaron abcd access according account across adam addition adidas admin administrator after against agent airborne
aircraft alan albert album alexis alice all along although amanda amazon america american amet among amor and
andrea andrew angel angela angels animal anna anne announced another ansible anthony anything apache apollo
appeared apple apples appointed april are areas arthur ashley august austin australia authority autumn available
average award awards azerty azure backup bad banana bandit banking barbara barfoo barney baseball based batman
battery battle bear beatles beaver became become before began being benjamin berlin best betty between beverly
big bigboy billy birdie blank blazer blue board bobby bonjour bonnie booger books boomer bootstrap boston boy
brandon brandy braves brenda brian british broncos brooklyn brown bruce bubba bubbles buddy buffalo building
built bulldog business buster but calico called camaro cameron canada canadian captain career carl carlos carol
carolina carolyn cartman casper cassie castle cat catherine cats celtic census center centos central centre
century cert certificate change changeit changeme character charles charlie cheese chelsea cherry cheryl chester
chicago chicken chief children china church cilium civil client cloud cluster coach cocacola code coffee college
coming committee common community company compaq completed computer consul container continued contrasena
control cookie copper correct corvette council country county court cowboy cowboys craig created creative
cricket crypto current currently cynthia dakota dallas daniel darkness data database david day debian deborah
december default demo denise dennis described design designed despite destiny deutsch develop developed
developer devops dexter diablo diamond diane different digital director district division docker doctor dog
doggie dogs doing dolor dolphin dolphins donald donkey donna door doris dorothy douglas dragon driver during
dynamo eagles early eastern eclipse education edward eight elastic elected election elephant eleven england
english enter episode eric ernest etcd eugene europe european evelyn event events ever everyone example explorer
external falcon families family featured features february federal fedora fender ferrari festival field file
final fire firewall first fish fishing five florida flower fluffy flyers followed following foobar football for
force forces forest forever formed former found founded four fox france frances frank frankfurt fred freddy
freedom french friday further games gandalf garden garfield gary gateway gators geheim gemini general genius
george gerald german germany get giants ginger giraffe girl girls github gitlab given gloria godzilla golden
golf golfer google grafana gregory group groups guest guinness guitar gunner hallo hamburg hammer hannah harley
harold harry health heather heaven helen hello helm helpme henry herbst hidden himself history hockey hola home
hope hot hotdog house how however human hund hundred hunter ice iceman iloveyou include included includes
including india indian ingress institute internal internet ipsum ireland irene island issuer istio jack jaguar
james jane janet janice january japan japanese jasmine jason jasper jean jeffrey jenkins jennifer jeremy jerry
jesse jessica joan john join joined jonathan jordan jose joseph joshua joyce juan judith judy julia julie july
jump jumps june junior justin kafka karen katherine kathleen kathryn kathy katze keith kelly kenneth kevin
keyboard kimberly kitten known kube kubeadm kubelet kubernetes lakers lambda language large largest larry
lasvegas later laura lawrence lazy leading league legend let letmein letter level light linda linux lisa living
local localhost located login logon london lorem lori louis louise love lovely loveme lover lovers lucky machine
maddog madison magazine maggie magic mail major man manager march margaret maria marie marilyn marine mark
market married martha mary master match matrix matthew maverick maximus maxwell may media melissa member members
men mercedes merlin metallic metallica mexico michael michigan mickey middle midnight mildred military million
minecraft minister model modern monday money mongo monitor monkey monster montana months motdepasse mother
mountain moved muffin mundo munich museum music must mustang mysql named nancy nascar national need network
newyork nginx nicholas nicole nikita nine nintendo nirvana nissan node nodes nodeseal north northern not nothing
november number ocean october office official often old oliver one online open opened openshift operator oracle
orange order oregon original other others our out over packers pakistan pamela pantera panther paris party pass
password passwort patricia patrick paul peaches peanut people pepper performed period personal peter phantom
phillip phoenix place plane planet platinum played player players playing please pokemon police political
popular porsche position postgres power present president prince princess private process prod produced
production program project prometheus province proxy public published pumpkin purple question quick rabbit
rachel radio raiders railway rainbow ralph rancher random randy range ranger rangers raymond rebecca received
rechner record recorded records red redhat redis redskins redsox redwings refer region registry release released
remained research result return returned richard rights river robert rocket roger ronald root rose rosebud round
route router royal ruby runner russell ruth ryan samantha sample samson samsung samuel sandra sara sarah
saturday saturn schatz schluessel school schools schule science scooby scooter scorpio scorpion scott sea season
second secret secreto secure security september series served server servers service services seven several
shadow sharon shawn shelby shirley short sierra signed signer silver similar simple since single six skippy sky
slipknot small smokey snickers sniper snoopy soccer social society soleil something sommer songs sonne sophie
south southern space sparky special species spider spring stage staging stalker staple started startrek starwars
state states station steelers stephen steve steven story street string students study style success summer sun
sunday sunshine superman support susan switch sydney sysadmin system taken tammy teams temp temporary ten tennis
teresa terraform terry test testing their theman there theresa therock these third thomas though three through
thunder thursday tiger tigers tigger times timothy title today todd token tokens tokyo tomcat tomorrow topgun
total toyota track training trinity trouble tuesday turtle twelve two ubuntu under union united until user
username using usually value vampire various vault version victor video vienna viking village virginia voodoo
voyager wallet walter wanda warrior wasser water wayne wednesday welcome western what whatever where which while
who why william willie willow window windows winner winston winter winters within wizard women word work worked
worker works world would written wrote xavier yamaha yankees years yellow yes yesterday you your zurich
`
  .trim()
  .split(/\s+/);
