#!/bin/sh
# nodeseal-join.sh: the node's side of Nodeseal without Node.js. Needs a POSIX shell, the usual tools, curl and openssl
# 1.1.1 or newer. It keeps the files of nodeseal-agent: either goes on where the other stopped.
# Whatever the network says is data. `read_headers` matches a header whole, `split_pem` a body; nothing else of an answer is read.
# `sum` and `exceeds` take nothing but digits: some shells run commands that they find in a "number".
set -eu; umask 077; export LC_ALL=C
# No file is larger than an answer may be, of which curl is told by EFBIG and no signal. A core file would hold a key.
# shellcheck disable=SC3045
{ ulimit -f 1024 && ulimit -c 0; } 2>/dev/null || :; trap '' XFSZ
usage() {
  cat <<'USAGE'
nodeseal-join.sh join --url URL --token-file FILE --node NAME [options]
nodeseal-join.sh renew [--dir DIR] [--wait SECONDS] [--force]
Options, those of nodeseal-agent (agent/README.md tells what each is for):
  --ca-file FILE, --ca-cert-hash sha256:HEX; --signer NAME, --common-name NAME, --organization NAME, --dns NAME, --ip ADDRESS;
  --key-type P-256|P-384|RSA-2048|RSA-3072|RSA-4096|Ed25519, --lifetime SECONDS; --dir DIR, --name PREFIX; --wait SECONDS; --force
Example: nodeseal-join.sh join --url https://nodeseal.example --token-file token --node worker-1 --ca-cert-hash sha256:7c5e...
Exit status: 0 done; 1 refused or failed (stderr says what to do); 2 wrong usage; 3 the certificate has expired and could not be renewed.
USAGE
}
version=0.1.0 failure_status=1 hint='' kubelets=kubernetes.io/kube-apiserver-client-kubelet
note() { printf '%s\n' "$*" >&2; }
die() { note "nodeseal-join: $*$hint"; exit "$failure_status"; }
wrong_usage() { note "nodeseal-join: $* (see nodeseal-join.sh --help)"; exit 2; }
newline=$(printf '\n.') newline=${newline%.}
# Whether $1 is one line, and all of it is as $2, an extended regular expression, says.
matches() { case $1 in *"$newline"*) return 1 ;; esac; printf '%s\n' "$1" | grep -Eqx "$2"; }
check() { matches "$1" "$2" || wrong_usage "$3"; }
lower() { printf '%s' "$1" | tr '[:upper:]' '[:lower:]'; }
is_number() { case ${1#-} in '' | *[!0-9]* | 0?* | ???????????*) return 1 ;; esac; }
sum() { if is_number "$1" && is_number "$2"; then echo "$(($1 + $2))"; else die 'a number was expected'; fi; }
exceeds() { is_number "$1" && is_number "$2" && [ "$1" -gt "$2" ]; }
# Somebody else's text for a terminal: what is not printable ASCII could act on it.
printable() { tr -cd '\040-\176' | cut -c 1-400; }
command=${1:-}; case $command in join | renew) shift ;; -h | --help | help) usage; exit 0 ;; *) wrong_usage "the command is join or renew, not \"$command\"" ;; esac
url=${NODESEAL_URL:-} ca_file=${NODESEAL_CA_FILE:-} token_file='' node='' pins='' signer='' lifetime='' key_type=P-256
dir='' prefix='' wait_seconds=900 force=no pinned_by='' common_name='' organizations='' alt_names='' new_option='' csr_digest=256
while [ $# -gt 0 ]; do value=${2:-}
  case $1 in
    --force) force=yes; shift; continue ;; -h | --help) usage; exit 0 ;;
    --token) wrong_usage 'a token on the command line is seen by every user of this machine; use --token-file' ;;
    --url) url=$value ;; --ca-file) ca_file=$value ;; --ca-cert-hash) pins="$pins $(lower "$value")" ;;
    --token-file) token_file=$value ;; --node) node=$value ;; --signer) signer=$value ;; --lifetime) lifetime=$value ;;
    --key-type) key_type=$value ;; --dir) dir=$value ;; --name) prefix=$value ;; --wait) wait_seconds=$value ;;
    --common-name) common_name=$value ;;
    # Nothing that openssl would take for more than a name: no "/", ",", "=", "$" or "\".
    --organization) check "$value" '[A-Za-z0-9]([A-Za-z0-9 ._@-]{0,62}[A-Za-z0-9])?' '--organization: letters, digits, blanks and "._@-"'; organizations=$organizations/O=$value ;;
    --dns) value=$(lower "${value%.}"); check "$value" '([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]*[a-z][a-z0-9-]*' '--dns: a name like web.example.com'
      alt_names=${alt_names:+$alt_names,}DNS:$value ;;
    --ip) value=${value#::ffff:}; check "$value" '([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*' '--ip: an address like 10.0.0.1 or 2001:db8::1'
      alt_names=${alt_names:+$alt_names,}IP:$value ;;
    *) wrong_usage "unknown option $1" ;;
  esac
  [ $# -ge 2 ] || wrong_usage "$1 needs a value"; shift 2
done
# A member of the state file, which has one in a line. No value in it holds a quote.
member() { sed -n "/: null,\{0,1\}$/d; /^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/{s//\1/;p;q;}" "$dir/nodeseal.json" 2>/dev/null || :; }
if [ "$command" = renew ]; then
  dir=${dir:-/var/lib/kubelet/pki}; [ -f "$dir/nodeseal.json" ] || die "no node has joined in $dir; run nodeseal-join.sh join first"
  url=$(member url) node=$(member nodeName) prefix=$(member prefix) key_type=$(member keyType) signer=$(member signerName)
  lifetime=$(member expirationSeconds) ca_file=$(member caFile) pinned_by=$(member pinnedBy)
  pins=$(sed -n 's/^ *"\(sha256:[0-9a-f]\{64\}\)",\{0,1\}$/ \1/p' "$dir/nodeseal.json" | tr -d '\n')
elif [ -z "$url" ] || [ -z "$token_file" ]; then wrong_usage 'give the address with --url, or in NODESEAL_URL, and the token with --token-file'; fi
case $signer in
  '' | kubernetes.io/kube-apiserver-client-kubelet) kind=kubelet-client ;; kubernetes.io/kubelet-serving) kind=kubelet-server ;;
  kubernetes.io/kube-apiserver-client | nodeseal.dev/client) kind=client ;; nodeseal.dev/server | nodeseal.dev/peer) kind=${signer#*/} ;;
  *) wrong_usage '--signer: kubernetes.io/ and kube-apiserver-client-kubelet, kubelet-serving or kube-apiserver-client, or nodeseal.dev/ and client, server or peer' ;;
esac
# Nothing that goes into JSON, a URL or a file name may hold a character that means something there.
prefix=${prefix:-$kind}; check "$prefix" '[A-Za-z0-9][A-Za-z0-9._-]{0,63}' '--name: letters, digits, ".", "_" and "-"'
case $kind in
  kubelet-*) dir=${dir:-/var/lib/kubelet/pki}
    [ -z "$common_name$organizations" ] || wrong_usage '--common-name and --organization: a node has those of its --node name; leave them out'
    check "$node" '[a-z0-9]([a-z0-9.-]{0,50}[a-z0-9])?' '--node: a lower-case name of at most 52 characters'
    common_name=system:node:$node organizations=/O=system:nodes ;;
  *) dir=${dir:-/var/lib/nodeseal/$prefix} node=${node:-$common_name}
    [ "${common_name:-$node}" = "$node" ] || wrong_usage '--node and --common-name: a certificate has one name; give one of them'
    common_name=$node; check "$node" '[A-Za-z0-9]([A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?' '--common-name, or --node: letters, digits and "._@-", at most 64' ;;
esac
case $command/$kind/$alt_names in join/*er/) wrong_usage "$signer certifies names of a server: give at least one --dns or --ip" ;;
  join/kubelet-client/?*) wrong_usage '--dns and --ip: a kubelet'"'"'s client certificate has no such names; leave them out' ;; esac
check "$url" '[Hh][Tt][Tt][Pp][Ss]://([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,9})?(/[A-Za-z0-9._/%-]*)?' '--url must be an https address'
# One spelling, or the service would not find its own address in a proof: no capitals, final dot or usual port.
path=${url#????????} authority=${path%%/*} path=${path#"${path%%/*}"}
authority=$(lower "$authority" | sed -E 's/\.?(:0*([0-9]*))?$/:\2/; s/:(443)?$//') url=https://$authority$(echo "$path" | sed 's|/*$||')
check "$wait_seconds ${lifetime:-0}" '(0|[1-9][0-9]{0,5}) (0|[1-9][0-9]{0,8})' '--wait and --lifetime are numbers of seconds'
check "$pins" '( sha256:[0-9a-f]{64})*' '--ca-cert-hash looks like sha256:<64 hexadecimal digits>'
# Proxies as Go programs understand them: capitals first, http alone, none for this machine itself. The rest is curl's to read.
export https_proxy="${HTTPS_PROXY:-${https_proxy:-}}" no_proxy="${NO_PROXY:-${no_proxy:-}}"; unset HTTPS_PROXY NO_PROXY ALL_PROXY all_proxy
case $authority in localhost | localhost:* | 127.* | '[::1]'*) https_proxy='' ;; esac
check "$https_proxy" '|(http://)?(([^][%/@#?"\ ]|%[0-9a-fA-F]{2})*@)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?' \
  'HTTPS_PROXY looks like http://user:password@proxy.example:3128, where % and / of a password are %25 and %2F'
case $key_type in
  P-256 | P-384) new_algorithm=EC new_option=ec_paramgen_curve:$key_type csr_digest=${key_type#P-} ;; Ed25519) new_algorithm=ED25519 ;;
  RSA-2048 | RSA-3072 | RSA-4096) new_algorithm=RSA new_option=rsa_keygen_bits:${key_type#RSA-} ;; *) wrong_usage '--key-type: P-256, P-384, RSA-2048, RSA-3072, RSA-4096, Ed25519' ;;
esac
case $dir$ca_file in *[\"\\]*) wrong_usage '--dir and --ca-file must not hold quotes or backslashes' ;; esac
case ${ca_file:-/} in /*) ;; *) ca_file=$(pwd)/$ca_file ;; esac
for program in curl openssl; do command -v "$program" >/dev/null || die "$program is not installed"; done
(umask 022; mkdir -p "$dir" 2>/dev/null) || die "cannot make $dir"
dir=$(cd "$dir" && pwd) state=$dir/nodeseal.json bundle=$dir/trust-bundle.pem lock=$dir/nodeseal.lock
current=$dir/$prefix-current.pem updated=$dir/$prefix-updated.pem pending_key=$dir/$prefix.key.tmp
# Nothing secret lies outside the directory. One name for all runs, because the lock guards it.
work=$dir/.nodeseal-join own=$lock.$$ holds_lock=no
trap 'rm -f "$own"; if [ "$holds_lock" = yes ]; then rm -rf "$work" "$lock"; fi' EXIT; trap 'exit 1' HUP INT TERM
# What tells the process $1 from a later one with its number: start time and boot. Nothing where there is no /proc.
incarnation_of() {
  (started=$(awk '{ text = text " " $0 } END { sub(/.*\) /, "", text); split(text, field, " "); print field[20] }' "/proc/$1/stat") &&
    read -r boot </proc/sys/kernel/random/boot_id && echo "$started $boot") 2>/dev/null || :
}
# Whether the process lives that wrote $1 into a lock (agent/README.md). This one has not yet, whatever its number.
is_alive() {
  holder=${1%% *}; { matches "$holder" '[1-9][0-9]{0,9}' && [ "$holder" != "$$" ] && { kill -0 "$holder" 2>/dev/null || [ -d "/proc/$holder" ]; }; } || return 1
  lives=$(incarnation_of "$holder")
  case ${1#"$holder"} in '' | ' ' | " $lives" | " ${lives#* }/${lives%% *}") ;; *) [ -z "$lives" ] ;; esac
}
# Makes a file, or the changes of a directory, survive a power cut. An old sync takes no names, and does it all.
settle() { sync "$1" 2>/dev/null || sync; }
# Writes stdin to the file $1, in whole or not at all. $2: its mode
put_file() {
  temporary=$dir/.${1##*/}.nodeseal-tmp
  { cat >"$temporary" && chmod "$2" "$temporary"; } || { rm -f "$temporary"; die "cannot write $1: is the disk full or read-only?"; }
  settle "$temporary"; mv -f "$temporary" "$1"; settle "$dir"
}
# Splits the PEM file $1 into $work/$2.01, .02 … Fails unless it is 1 to $3 certificates, and nothing else.
split_pem() {
  rm -f "$work/$2".*; [ "$(tr -d 'A-Za-z0-9+/=\n -' <"$1" | wc -c)" -eq 0 ] && awk -v out="$work/$2." -v most="$3" '
    !on && $0 == "-----BEGIN CERTIFICATE-----" && ++n <= most { on = 1; file = out sprintf("%02d", n); print > file; next }
    on && (/^[A-Za-z0-9+\/]+=?=?$/ && length($0) <= 76 || $0 == "-----END CERTIFICATE-----") { print > file; if (/^-/) on = 0; next }
    { bad = 1; exit } END { exit bad || on || n < 1 }' "$1"
}
key_of() { openssl x509 -in "$1" -noout -pubkey 2>/dev/null; }
# The names in the certificate (x509) or request (req) $2, one in a line: CN=, O=, DNS:, IP:. The same words for the same names.
names_of() {
  { openssl "$1" -in "$2" -noout -subject -nameopt RFC2253,sep_multiline | sed -n '/^ *subject=/d; s/^ *\([A-Za-z0-9.]*=\)/\1/p'
    openssl "$1" -in "$2" -noout -text | awk '/^ *X509v3 Subject Alternative Name:/ { getline; most = split($0, name, ",")
      for (i = 1; i <= most; i++) { sub(/^ */, "", name[i]); sub(/^IP Address:/, "IP:", name[i]); print name[i] } }'
  } 2>/dev/null | tr -cd '\n\040-\176' | sort -u
}
in_words() { echo "$1" | tr '\n' ' ' | printable; }
serial_of() { openssl x509 -in "$1" -noout -serial | sed 's/.*=//; y/ABCDEF/abcdef/'; }
is_ca() { openssl x509 -in "$1" -noout -text 2>/dev/null | grep -q '^ *CA:TRUE'; }
# Whether one of the certificates $work/$1.* is a CA whose key is pinned; its file in $pinned, all hashes in $shown.
find_pinned() {
  shown='' pinned=''
  for certificate in "$work/$1".*; do if ! is_ca "$certificate"; then continue; fi
    hash=$(key_of "$certificate" | openssl pkey -pubin -outform DER | sha256) shown="$shown sha256:$hash"
    case "$pins " in *" sha256:$hash "*) pinned=$certificate ;; esac
  done; [ -n "$pinned" ]
}
ask() { curl -q --silent --show-error --globoff --proto =https --tlsv1.2 --connect-timeout 10 "$@" 2>"$work/curl-error"; }
# The CAs that may speak for the server, in $anchors; none: the system's. Nothing is sent to a server not yet trusted, and the
# look at its chain asks for nothing. Fails where it cannot be reached. curl before 7.88 sees no chain.
find_anchors() {
  anchors=$ca_file is_known=yes; if [ -z "$pins" ]; then return 0; fi
  ask --max-time 20 --insecure --head --output /dev/null --write-out '%{certs}' "$url/healthz" >"$work/seen" || { curl_status=$? is_known=''; return 1; }
  sed -n '/^-----BEGIN CERTIFICATE-----$/,/^-----END CERTIFICATE-----$/p' "$work/seen" >"$work/shown"
  if split_pem "$work/shown" shown 10 && find_pinned shown; then anchors=$pinned; return 0; fi
  [ "$pinned_by" != 'server chain' ] || die "$authority is not trusted: it no longer shows the CA that was pinned ($pins)"
}
# Reads the headers of the last answer: those that are there once, no longer than a line, and wholly as they should be.
read_headers() {
  tr '\000' '?' <"$work/headers" | awk -F : '
    function say(name, pattern, most) { print count[name] == 1 && length(value[name]) <= most && value[name] ~ "^(" pattern ")$" ? value[name] : "" }
    /^HTTP\// { split("", count); next }
    NF > 1 { name = tolower($1); count[name]++; text = substr($0, length(name) + 2); gsub(/^[ \t]+|[ \t\r]+$/, "", text); value[name] = text }
    END {
      number = "0|[1-9][0-9]*"; d = "[0-9][0-9]"; moment = d d "-" d "-" d "T" d ":" d ":" d "Z"
      say("nodeseal-code", "[a-z_]+", 1000); say("nodeseal-detail", "[ -~]+", 1000)
      say("nodeseal-next", "keep|renew|wait|retry|new-key|join|stop", 9); say("retry-after", number, 6)
      say("nodeseal-request", "[A-Za-z0-9_-]+", 128); say("nodeseal-trust-bundle", number, 9); say("nodeseal-discovery", "[A-Za-z0-9_.-]+", 1000)
      say("nodeseal-renew-after", moment, 20); say("nodeseal-renew-before", moment, 20); say("nodeseal-time", "[1-9]" d d d d "[0-9]", 10)
    }' >"$work/fields"
  { read -r code; IFS= read -r detail; read -r next; read -r asked; read -r request_name; read -r sequence; read -r discovery; read -r renew_after
    read -r renew_before; read -r time; } <"$work/fields"
  if [ -z "$time" ]; then return 0; fi
  clock_offset=$(sum "$time" "-$(date +%s)"); if exceeds 5 "${clock_offset#-}"; then clock_offset=0; fi
  if [ -n "$clock_noted" ] || ! exceeds "${clock_offset#-}" 60; then return 0; fi
  clock_noted=yes; note "this machine's clock differs from the service's by $(sum "$(date +%s)" "-$time") s; the service's is used"
}
clock_offset=0 clock_noted='' is_known='' deadline=$(sum "$(date +%s)" "$wait_seconds")
need() { [ -n "$2" ] || die "the answer of $url ($status) has no usable header $1: is that its address, or did a proxy answer? The service must be of this program's version ($version) or later"; }
# $1: GET, POST, or LOOK (who is it?), $2: path, $3: media type of the answer, $4: file with the body, if any; with the token if $5 is "token".
# Leaves the status in $status, or 000 and curl's own status in $curl_status; and what `read_headers` reads.
request() {
  method=$1 type=$3 credential=${5:-} target=$url$2 body=${4:-} curl_status=0 status=000
  : >"$work/answer"; : >"$work/headers"
  if [ -z "$is_known" ] && ! find_anchors; then read_headers; return 0; elif [ "$method" = LOOK ]; then status=200; return 0; fi
  set -- --max-time 35 --max-filesize 524288 --suppress-connect-headers --user-agent "nodeseal-join.sh/$version" ${anchors:+--cacert "$anchors"}
  if [ -n "$body" ]; then set -- "$@" --header 'Content-Type: application/json' --data-binary "@$body"; fi
  # The arguments of a program are for everybody to read; "echo" is part of the shell.
  status=$(if [ "$credential" = token ]; then echo "header = \"Authorization: Bearer $token\""; fi |
    ask --request "$method" --header "Accept: $type" --output "$work/answer" --dump-header "$work/headers" --write-out '%{http_code}' "$@" --config - "$target") ||
    { curl_status=$? status=000; : >"$work/headers"; }
  read_headers
}
# As `request`, again and again while that may help, or while a join waits for approval. Dies with the reason otherwise.
insist() {
  least=1
  while request "$@"; do
    case $status in
      202) need nodeseal-request "$request_name"
        why="request $request_name waits for approval: nodeseal csr approve $request_name; after that, run this again"
        if [ "$command" != join ]; then die "$why"; elif [ "$2" = /v1/certificates ]; then note "waiting for an administrator: nodeseal csr approve $request_name"; fi
        set -- GET "/v1/certificates/$request_name" "$3" '' token ;;
      408 | 425 | 429 | 500 | 502 | 503 | 504) why="the service answered $status $code" ;;
      000)
        why="cannot reach $url: $(head -n 1 "$work/curl-error" | printable)"
        # A server that is not who it should be, or says too much, will not be better the next time.
        case $curl_status in 23 | 51 | 58 | 60 | 63 | 77 | 83 | 90 | 91) die "$why${pins:+; it shows${shown:- no CA}, pinned is$pins}" ;; esac ;;
      *) return 0 ;; esac
    # Up to half as long again as it should be: those who fail together must not come back together.
    if ! exceeds "${asked:-0}" "$least"; then asked=$least; fi
    pause=$(od -An -N2 -tu2 /dev/urandom | awk -v least="$asked" '{ printf "%d", least + (least + 1) / 2 * $1 / 65536 }')
    if exceeds "$(sum "$(date +%s)" "$pause")" "$deadline"; then die "$why; gave up after $wait_seconds s (--wait)"; fi
    sleep "$pause"; if exceeds 15 "$least"; then least=$(sum "$least" "$least"); fi
  done
}
refused() { need nodeseal-code "$code"
  case $code in request_denied) rm -f "$pending_key"; detail="an administrator denied this request: $detail" ;; esac
  if [ "$next$hint" = join ]; then hint="; join again with a new token (nodeseal token create)"; fi
  die "the service answered $status $code: $detail"
}
sha256() { openssl dgst -sha256 | sed 's/.*= *//'; }; base64url() { openssl base64 -A | sed 'y:+/:-_:; s/=//g'; }
jws_text() { printf '%s.%s' "$(printf '%s' "$1" | base64url)" "$(printf '%s' "$2" | base64url)"; }
# ECDSA in JWS is r || s, of $1 octets each (RFC 7518 section 3.4), and openssl writes DER: 48 length 2 length r 2 length s.
raw_ecdsa() {
  cat >"$work/der"; octets=$1 length=$(od -An -j 3 -N 1 -tu1 "$work/der" | tr -d ' ')
  { head -c "$octets" /dev/zero; tail -c +5 "$work/der" | head -c "$length"; } | tail -c "$octets"
  { head -c "$octets" /dev/zero; tail -c "+$(sum "$length" 7)" "$work/der"; } | tail -c "$octets"
}
# A proof of possession of the current certificate (docs/api.md). $1: path, $2: more claims
make_proof() {
  case $(openssl pkey -in "$current" -noout -text 2>/dev/null | sed -n 's/.*(\([0-9]*\) bit.*/\1/p; s/^\(ED25519\) .*/\1/p' | head -n 1) in
    256) alg=ES256 ;; 384) alg=ES384 ;; ED25519) alg=EdDSA ;; *) alg=RS256 ;;
  esac
  now=$(sum "$(date +%s)" "$clock_offset") x5c=$(openssl x509 -in "$current" -outform DER | openssl base64 -A)
  claims="{\"aud\":\"$url$1\",\"iat\":$now,\"exp\":$(sum "$now" 120),\"jti\":\"$(openssl rand -hex 16)\",$2}"
  jws_text "{\"alg\":\"$alg\",\"typ\":\"nodeseal-proof+jwt\",\"x5c\":[\"$x5c\"]}" "$claims" >"$work/signed"; cat "$work/signed"; printf .
  case $alg in
    EdDSA) openssl pkeyutl -sign -rawin -inkey "$current" -in "$work/signed" | base64url ;;
    RS256) openssl dgst -sha256 -sign "$current" "$work/signed" | base64url ;;
    ES*) openssl dgst "-sha${alg#ES}" -sign "$current" "$work/signed" | raw_ecdsa "$((${alg#ES} / 8))" | base64url ;;
  esac
}
# A request for the names wanted, by the key $1, in $work/csr; its names in $wanted.
make_request() {
  printf '[req]\ndistinguished_name=dn\n[dn]\n[names]\nsubjectAltName=%s\n' "${alt_names:-DNS:x}" >"$work/openssl.cnf"
  openssl req -new -config "$work/openssl.cnf" "-sha$csr_digest" -key "$1" -subj "$organizations/CN=$common_name" \
    ${alt_names:+-reqexts names} -out "$work/csr" 2>/dev/null || die "openssl cannot make a request for $common_name $alt_names; are the addresses right?"
  wanted=$(names_of req "$work/csr")
}
unacceptable() { die "the service's answer was not installed: $1; nothing was changed on this machine"; }
# Asks for a certificate at the path $1, with "token" or "proof", and makes it the current one. $3: what to report
obtain_certificate() {
  # Once more where the first answer tells what was wrong: the key's request was displaced, or a wrong clock made the proof.
  for _ in first second; do
    # Kept before the request is made: a lost answer is found again with the same key.
    if ! openssl pkey -noout -in "$pending_key" 2>/dev/null; then
      key=$(openssl genpkey -algorithm "$new_algorithm" ${new_option:+-pkeyopt "$new_option"} 2>/dev/null) || die "openssl could not make a $key_type key"
      echo "$key" | put_file "$pending_key" 600
    fi
    assumed=$clock_offset members="${signer:+,\"signerName\":\"$signer\"}${lifetime:+,\"expirationSeconds\":$lifetime}"
    make_request "$pending_key"
    if [ "$2" = proof ]; then
      csr_sha256=$(openssl req -in "$work/csr" -outform DER | openssl dgst -sha256 -binary | base64url)
      members="$members,\"trustBundleSequence\":$(bundle_sequence)"
      members="$members,\"proof\":\"$(make_proof "$1" "\"csr_sha256\":\"$csr_sha256\",\"request\":{${members#,}}")\""
    fi
    printf '{"csr":"%s"%s}' "$(sed 's/$/\\n/' "$work/csr" | tr -d '\n')" "$members" >"$work/body"
    insist POST "$1" application/pem-certificate-chain "$work/body" "$2"
    if [ "$status $next" = '409 new-key' ]; then rm -f "$pending_key"; elif [ "$code" != invalid_proof ] || [ "$assumed" = "$clock_offset" ]; then break; fi
  done
  case $status in 2??) need nodeseal-request "$request_name" ;; *) refused ;; esac
  split_pem "$work/answer" chain 10 || unacceptable 'it is not one to ten certificates in PEM, and nothing else'
  for certificate in "$work"/chain.*; do [ -n "$(key_of "$certificate")" ] || unacceptable 'one of its certificates cannot be read'; done
  [ "$(key_of "$work/chain.01")" = "$(openssl pkey -in "$pending_key" -pubout)" ] || unacceptable 'it is for another key than the one on this machine'
  given=$(names_of x509 "$work/chain.01"); [ "$given" = "$wanted" ] || unacceptable "it is for $(in_words "$given"), asked for was $(in_words "$wanted")"
  name=$request_name after=$renew_after before=$renew_before; cp "$work/answer" "$work/chain"; fetch_bundle
  openssl verify -partial_chain -attime "$(sum "$(date +%s)" "$clock_offset")" -CAfile "$bundle" -untrusted "$work/chain" "$work/chain.01" >"$work/verified" 2>&1 ||
    unacceptable "$(sed -n '/^error/{p;q;}' "$work/verified" | printable)"
  # Nobody else writes files of this prefix: what is there already was written in this very second.
  until file=$prefix-$(date +%Y-%m-%d-%H-%M-%S).pem && [ ! -e "$dir/$file" ]; do sleep 1; done
  cat "$work/chain" "$pending_key" | put_file "$dir/$file" 600
  # A crash after this leaves a file nobody points to, and the key: the next attempt gets the same certificate.
  write_state
  ln -s "$file" "$updated"; mv -f "$updated" "$current"; settle "$dir"; rm -f "$pending_key"
  # The newest five of those written here are kept. Files of others are not ours to delete.
  written_files | sort -r | sed 1,5d | while read -r old; do rm -f "$dir/$old"; done
  confirm; report "$3"
}
bundle_sequence() { sed -n '/^# nodeseal trust bundle, sequence \([0-9]\{1,9\}\)$/{s//\1/;p;q;}' "$bundle" 2>/dev/null || :; }
# Brings the trust bundle up to date, never back. Also the place where a pin is looked for that the server did not show.
fetch_bundle() { insist GET /v1/trust-bundle application/x-pem-file; take_bundle; }
take_bundle() {
  case $status in 2??) need nodeseal-trust-bundle "$sequence" ;; *) refused ;; esac
  split_pem "$work/answer" authority 99 || die 'the trust bundle of the service is not understood: it is not certificates in PEM, and nothing else'
  for certificate in "$work"/authority.*; do is_ca "$certificate" || die 'the trust bundle of the service holds something that is no CA certificate'; done
  [ -z "$pins" ] || [ "$anchors" != "$ca_file" ] || [ "$command" != join ] || find_pinned authority ||
    die "the service is not the one that was pinned: its CAs are$shown, pinned is$pins"
  kept=$(bundle_sequence) known=$(member trustBundleSequence)
  if [ -n "$kept" ] && ! exceeds "$sequence" "$kept" && { [ "$command" = renew ] || grep -qF "$(sed -n 2p "$work/authority.01")" "$bundle"; }; then return 0; fi
  [ "$command" != renew ] || ! exceeds "${known:-0}" "$sequence" ||
    die "the service offers trust bundle $sequence, this node has already seen $known: an old one is not taken"
  { printf '# nodeseal trust bundle, sequence %s\n' "$sequence"; cat "$work/answer"; } | put_file "$bundle" 644
}
# Takes the trust bundle of a service that shows that it knows the token too (docs/api.md): the token itself is not sent.
discover() {
  nonce=$(openssl rand -hex 16) path=/v1/discovery/${token%.*}
  insist GET "$path?nonce=$nonce" application/x-pem-file
  case $code in invalid_token | not_found) die 'the service cannot show that it knows the token, as --ca-cert-hash asks: the token is not valid, was made as a Kubernetes Secret, or by an older service; ask for a new one (nodeseal token create), or use --ca-file' ;; esac
  claims="{\"url\":\"$url$path\",\"nonce\":\"$nonce\",\"trust_bundle_sha256\":\"$(sha256 <"$work/answer")\"}"
  jws_text "{\"alg\":\"HS256\",\"kid\":\"${token%.*}\"}" "$claims" >"$work/signed"
  # HMAC (RFC 2104) by hand, with a key as long as a block: openssl takes it as an argument, which is for everybody to read.
  key=$(echo "nodeseal discovery key $token" | tr -d '\n' | sha256)
  { echo "$key" | tr -d '\n' | tr 0-9a-f '\006\007\004\005\002\003\000\001\016\017\127\124\125\122\123\120'; cat "$work/signed"; } | openssl dgst -sha256 -binary >"$work/inner"
  mac=$({ echo "$key" | tr -d '\n' | tr 0-9a-f '\154\155\156\157\150\151\152\153\144\145\075\076\077\070\071\072'; cat "$work/inner"; } | openssl dgst -sha256 -binary | base64url)
  [ "$discovery" = "$(cat "$work/signed").$mac" ] ||
    die "$url is not the service that made the token: it does not know the token's secret; the token was not sent"
  take_bundle
}
written_files() { sed -n "/\"pairFiles\"/,/]/s/^ *\"\($prefix-[0-9-]*\.pem\)\",\{0,1\}$/\1/p" "$state" 2>/dev/null || :; }
quoted() { if [ -n "$1" ]; then printf '"%s"' "$1"; else printf null; fi; }; list() { sed -e 's/.*/    "&"/' -e '$!s/$/,/'; }
# About the certificate of the request $name in $file, of which the service does not know yet that it arrived.
write_state() {
  if [ -z "$pins" ]; then pinned_by=''; elif [ "$anchors" = "$ca_file" ]; then pinned_by='trust bundle'; else pinned_by='server chain'; fi
  # What nodeseal-agent keeps here besides.
  others=$(sed -n '/^  "hookDoneFor": "[0-9a-f]*",\{0,1\}$/p; /^  "serving": {$/,/^  }/p' "$state" 2>/dev/null | sed 's/^  }$/&,/; s/^  "[^,]*"$/&,/')
  files=$({ written_files; echo "$file"; } | sort -u | while read -r one; do if [ -f "$dir/$one" ]; then echo "$one"; fi; done | list)
  {
    printf '{\n  "version": 1,\n  "service": {\n    "url": "%s",\n    "caFile": %s,\n    "pinnedBy": %s,\n' "$url" "$(quoted "$ca_file")" "$(quoted "$pinned_by")"
    printf '    "caCertHashes": [\n%s\n    ]\n  },\n  "nodeName": "%s",\n  "prefix": "%s",\n' "$(for pin in $pins; do echo "$pin"; done | list)" "$node" "$prefix"
    printf '  "keyType": "%s",\n  "signerName": %s,\n  "expirationSeconds": %s,\n' "$key_type" "$(quoted "$signer")" "${lifetime:-null}"
    printf '  "certificate": {\n    "serialNumber": "%s",\n    "requestName": "%s",\n' "$(serial_of "$dir/$file")" "$name"
    printf '    "renewAfter": %s,\n    "renewBefore": %s,\n    "isConfirmed": false\n  },\n' "$(quoted "$after")" "$(quoted "$before")"
    printf '  "trustBundleSequence": %s,\n%s\n  "pairFiles": [\n%s\n  ]\n}\n' "$(bundle_sequence)" "$others" "$files"
  } | put_file "$state" 600
}
# Tells the service that the certificate of the request $name is safely here. Failing costs nothing but time.
confirm() {
  printf '{"proof":"%s"}' "$(make_proof "/v1/certificates/$name/confirmation" '"request":{}')" >"$work/body"
  request POST "/v1/certificates/$name/confirmation" application/json "$work/body"
  case $status in 2??) sed 's/"isConfirmed": false/"isConfirmed": true/' "$state" | put_file "$state" 600 ;;
    *) note 'the service could not be told that the certificate arrived; the next renewal does it' ;; esac
}
report() {
  printf '%s %s\n  certificate    %s (key and chain in one file)\n' "$1" "$common_name" "$current"
  printf '  valid until    %s\n  trust bundle   %s (sequence %s)\n' "$(openssl x509 -noout -enddate -in "$current" | sed 's/.*=//')" "$bundle" "$(bundle_sequence)"
}
# Whether the service renews the certificate here no more: revoked, replaced, not on record, its CA retired. In a shell of its own, which may die.
is_refused() { (name=$(member requestName) && matches "$name" '[A-Za-z0-9_-]{1,128}' && request GET "/v1/certificates/$name/renewal-window" application/json && [ "$status" = 404 ]) 2>/dev/null; }
# One run at a time in a directory.
waited=0 holder=unknown; while :; do
  { printf '%s %s\n' "$$" "$(incarnation_of "$$")" >"$own"; } 2>/dev/null || die "cannot write in $dir: is the disk full or read-only?"
  # Where there are no hard links, a file that must be new; it is empty for an instant.
  if ln "$own" "$lock" 2>/dev/null || (set -C; cat "$own" >"$lock") 2>/dev/null; then break; fi
  found=$(cat "$lock" 2>/dev/null || :)
  # A stale one is moved away, then looked at again: of two that found it so one moves it, and none another's new one.
  if { [ -n "$found" ] || exceeds "$waited" 2; } && ! is_alive "$found" && mv -f "$lock" "$own" 2>/dev/null; then
    [ "$(cat "$own")" = "$found" ] || ln "$own" "$lock" 2>/dev/null || :; continue
  fi
  if ! exceeds 60 "$waited" || ! exceeds "$wait_seconds" "$waited"; then die "process $holder is at work in $dir; run this again later"; fi
  sleep 1; waited=$(sum "$waited" 1)
done
holds_lock=yes; rm -rf "$own" "$work" "$updated" "$dir"/.*.nodeseal-tmp
for left in "$lock".*; do is_alive "${left##*.}" || rm -f "$left"; done
mkdir "$work" || die "cannot write in $dir: is the disk full or read-only?"
if [ -e "$current" ] && [ ! -L "$current" ]; then die "$current is a file where a symbolic link belongs; move it away, then run this again"; fi
if [ -s "$current" ] && [ "$(key_of "$current")" = "$(openssl pkey -in "$pending_key" -pubout 2>/dev/null)" ]; then rm -f "$pending_key"; fi
if [ "$command" = join ]; then
  if [ -s "$current" ]; then
    [ -f "$state" ] || die "$current was not made by this program, perhaps by a kubelet; choose another --dir or --name, or move it away"
    given=$(names_of x509 "$current") other=$(member signerName)
    if [ -n "$given" ]; then
      make_request "$current"; given="$(in_words "$given") of ${other:-$kubelets}" wanted="$(in_words "$wanted") of ${signer:-$kubelets}"
      [ "$given" = "$wanted" ] || wrong_usage "$current is for $given, not $wanted; choose another --dir"
    fi
    if [ "$force" = no ] && openssl x509 -in "$current" -noout -checkend 0 >/dev/null 2>&1 && ! is_refused; then report 'nothing to do, this machine already is'; exit 0; fi
  fi
  [ "$token_file" = - ] || [ -r "$token_file" ] || die "cannot read $token_file"
  # Without what editors leave there: a byte order mark, carriage returns and blanks.
  token=$(if [ "$token_file" = - ]; then cat; else cat "$token_file"; fi | tr -d '\000 \t\r\n\357\273\277')
  check "$token" '[a-z0-9]{6}\.[a-z0-9]{16}' 'the token is not of the form abcdef.0123456789abcdef'
  insist LOOK '' '' # Before the token leaves this machine.
  if [ -n "$pins" ] && [ "$anchors" = "$ca_file" ]; then discover; fi
  obtain_certificate /v1/certificates token 'joined as'
else
  { [ -s "$current" ] && [ "$(key_of "$current")" = "$(openssl pkey -in "$current" -pubout 2>/dev/null)" ]; } ||
    die "$current is not there, or its key does not belong to its certificate; join again, with a new token"
  given=$(names_of x509 "$current")
  if printf '%s\n' "$given" | grep -Evqx 'CN=[A-Za-z0-9._@:-]+|O=[A-Za-z0-9 ._@:-]+|DNS:[a-z0-9.-]+|IP:[0-9A-Fa-f:.]+'; then die "not all of the names in $current are understood: $(in_words "$given"); renew it with nodeseal-agent"; fi
  common_name=$(echo "$given" | sed -n 's/^CN=//p' | head -n 1) organizations=$(echo "$given" | sed -n 's|^O=|/O=|p' | tr -d '\n')
  alt_names=$(echo "$given" | grep -E '^(DNS|IP):' | tr '\n' ',') alt_names=${alt_names%,}
  name=$(member requestName) after=$(member renewAfter) before=$(member renewBefore) next='' sequence='' outcome=renewed
  if matches "$name" '[A-Za-z0-9_-]{1,128}'; then request GET "/v1/certificates/$name/renewal-window" application/json; fi
  if ! openssl x509 -in "$current" -noout -checkend "$clock_offset" >/dev/null; then
    note "the certificate has expired: asking the service to let $node recover"
    failure_status=3 outcome=recovered next=renew hint="; the certificate has expired: if the service does not let it recover, an operator can run: nodeseal node allow-recovery $node, or join again with a new token"
  fi
  # A renewal that was begun goes on; where nothing is known of the certificate, a renewal tells all.
  if [ "$force" = yes ] || [ -s "$pending_key" ] || [ "$(member serialNumber)" != "$(serial_of "$current")" ]; then next=renew; fi
  # What the service said with the certificate counts where it cannot be asked. Such times are in the order of their texts.
  if [ -z "$next" ] && printf '%s\n' "${after%Z}" "$(date -u +%Y-%m-%dT%H:%M:%S)" | sort -c 2>/dev/null; then next=renew; fi
  if [ "$next" = renew ]; then fetch_bundle; obtain_certificate /v1/certificates/renew proof "$outcome"; exit 0; fi
  # The trust bundle may have changed. An outage is nobody's business yet.
  if [ -n "$sequence" ] && [ "$sequence" != "$(bundle_sequence)" ]; then fetch_bundle; fi
  if grep -q '"isConfirmed": false' "$state"; then confirm; fi
  report 'nothing to do, the renewal is not due yet:'
fi
