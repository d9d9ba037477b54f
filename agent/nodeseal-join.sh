#!/bin/sh
# nodeseal-join.sh: the node's side of Nodeseal for machines without Node.js. Needs curl and openssl (1.1.1 or newer) and
# a POSIX shell with the usual tools. Keeps the same files as nodeseal-agent: either may go on where the other stopped.
# What it leaves out: waiting as a service (use cron or a timer), hooks, and recovery of half-done switches by others.
# `renew` with a certificate that has expired asks the service to let the node recover, by the same proof.
set -eu
LC_ALL=C
export LC_ALL
umask 077

VERSION=0.1.0

usage() {
  cat <<'USAGE'
nodeseal-join.sh join  --url URL --token-file FILE --node NAME [options]
nodeseal-join.sh renew [--dir DIR] [--force]

  --url URL               the service's https address (default: NODESEAL_URL)
  --token-file FILE       the bootstrap token, - for stdin
  --node NAME             this node's name
  --ca-file FILE          CAs that may speak for the service (default: NODESEAL_CA_FILE)
  --ca-cert-hash HASH     pin of a CA, sha256:<hex> of its public key; repeatable
  --signer NAME           signer name
  --lifetime SECONDS      ask for this lifetime
  --key-type TYPE         P-256 (default), P-384, RSA-2048, RSA-3072, RSA-4096, Ed25519
  --dir DIR               where the certificate is kept (default: /var/lib/kubelet/pki)
  --name PREFIX           prefix of the file names (default: kubelet-client)
  --wait SECONDS          how long to try, and to wait for approval (default: 900)
  --force                 renew also when it is not due

Examples:
  nodeseal-join.sh join --url https://nodeseal.example --token-file token --node worker-1 --ca-cert-hash sha256:7c5e...
  17 * * * * root nodeseal-join.sh renew        (in /etc/crontab)

Exit status: 0 done; 1 refused or failed (stderr says what to do); 2 wrong usage; 3 the certificate has expired and could
not be renewed.
HTTPS_PROXY and NO_PROXY are respected.
USAGE
}

note() { printf '%s\n' "$*" >&2; }
failure_status=1
die() { note "nodeseal-join: $*"; exit "$failure_status"; }
wrong_usage() { note "nodeseal-join: $* (see nodeseal-join.sh --help)"; exit 2; }

# --- arguments -------------------------------------------------------------------------------------------------------

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
  join | renew) ;;
  -h | --help | help) usage; exit 0 ;;
  '') usage >&2; exit 2 ;;
  *) wrong_usage "unknown command $command, there are join and renew" ;;
esac

url=${NODESEAL_URL:-} ca_file=${NODESEAL_CA_FILE:-} token_file='' node='' pins='' signer='' lifetime='' key_type=P-256
dir=/var/lib/kubelet/pki prefix=kubelet-client wait_seconds=900 force=no
while [ $# -gt 0 ]; do
  case $1 in
    --force) force=yes; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --*) [ $# -ge 2 ] || wrong_usage "$1 needs a value" ;;
    *) wrong_usage "unexpected argument $1" ;;
  esac
  case $1 in
    --url) url=$2 ;;
    --token-file) token_file=$2 ;;
    --token) wrong_usage 'a token on the command line is seen by every user of this machine; use --token-file' ;;
    --node) node=$2 ;;
    --ca-file) ca_file=$2 ;;
    --ca-cert-hash) pins="$pins $(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')" ;;
    --signer) signer=$2 ;;
    --lifetime) lifetime=$2 ;;
    --key-type) key_type=$2 ;;
    --dir) dir=$2 ;;
    --name) prefix=$2 ;;
    --wait) wait_seconds=$2 ;;
    *) wrong_usage "unknown option $1" ;;
  esac
  shift 2
done

# Nothing that goes into JSON, a URL or a file name may hold a character that means something there.
matches() { printf '%s\n' "$1" | grep -Eq "^($2)$" && [ "$(printf '%s' "$1" | wc -l)" -eq 0 ]; }
matches "$prefix" '[A-Za-z0-9][A-Za-z0-9._-]{0,63}' || wrong_usage '--name: letters, digits, ".", "_" and "-"'
matches "$wait_seconds" '[0-9]{1,6}' || wrong_usage '--wait is a number of seconds'
matches "${lifetime:-0}" '[0-9]{1,9}' || wrong_usage '--lifetime is a number of seconds'
matches "${signer:-x}" '[A-Za-z0-9./_-]{1,571}' || wrong_usage '--signer: letters, digits, ".", "/", "_" and "-"'
matches "$key_type" 'P-256|P-384|RSA-2048|RSA-3072|RSA-4096|Ed25519' ||
  wrong_usage '--key-type: P-256, P-384, RSA-2048, RSA-3072, RSA-4096, Ed25519'
for pin in $pins; do
  matches "$pin" 'sha256:[0-9a-f]{64}' || wrong_usage '--ca-cert-hash looks like sha256:<64 hexadecimal digits>'
done
if [ "$command" = join ]; then
  [ -n "$url" ] || wrong_usage 'give the address with --url, or in NODESEAL_URL'
  [ -n "$token_file" ] || wrong_usage 'give the token with --token-file'
  matches "$node" '[a-z0-9]([a-z0-9.-]{0,50}[a-z0-9])?' || wrong_usage '--node: a lower-case name of at most 52 characters'
fi
command -v curl >/dev/null || die 'curl is not installed'
command -v openssl >/dev/null || die 'openssl is not installed'

# --- the directory ---------------------------------------------------------------------------------------------------

mkdir -p "$dir" || die "cannot make $dir"
dir=$(cd "$dir" && pwd)
case $dir in *[\"\\]*) wrong_usage '--dir must not hold quotes or backslashes' ;; esac
state=$dir/nodeseal.json bundle=$dir/trust-bundle.pem lock=$dir/nodeseal.lock

# One member of a JSON text that is one line, or has one member a line. No value of ours holds a quote.
member() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1 | tr -d '\000-\037'; }
# Somebody else's text for a terminal: what is not printable ASCII could act on it.
told() { member "$1" "$work/answer" | tr -cd '\040-\176'; }
number() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\([0-9][0-9]*\).*/\1/p" "$2" | head -n 1; }

if [ "$command" = renew ]; then
  [ -f "$state" ] || die "no node has joined in $dir; run nodeseal-join.sh join first"
  url=$(member url "$state") node=$(member nodeName "$state") prefix=$(member prefix "$state")
  key_type=$(member keyType "$state") signer=$(member signerName "$state") lifetime=$(number expirationSeconds "$state")
  ca_file=$(member caFile "$state")
  pins=$(sed -n 's/^[[:space:]]*"\(sha256:[0-9a-f]\{64\}\)",\{0,1\}$/\1/p' "$state" | tr '\n' ' ')
fi
matches "$url" 'https://[A-Za-z0-9.:/_%-]+|https://\[[0-9a-fA-F:]+\][0-9:/A-Za-z._%-]*' || wrong_usage '--url must be an https address'
url=${url%/}
current=$dir/$prefix-current.pem updated=$dir/$prefix-updated.pem pending_key=$dir/$prefix.key.tmp
case $ca_file in *[\"\\]*) wrong_usage '--ca-file must not hold quotes or backslashes' ;; esac
case ${ca_file:-/} in /*) ;; *) ca_file=$(pwd)/$ca_file ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/nodeseal.XXXXXX") || die 'cannot make a temporary directory'
holds_lock=no
clean_up() {
  rm -rf "$work"
  rm -f "$lock.$$"
  if [ "$holds_lock" = yes ]; then rm -f "$lock"; fi
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

take_lock() {
  printf '%s \n' "$$" >"$lock.$$" || die "cannot write in $dir: is the disk full or read-only?"
  waited=0
  until ln "$lock.$$" "$lock" 2>/dev/null; do
    holder=$(cut -d ' ' -f 1 "$lock" 2>/dev/null || true)
    if matches "${holder:-x}" '[0-9]+' && kill -0 "$holder" 2>/dev/null; then
      [ "$waited" -lt 60 ] || die "process $holder is at work in $dir; run this again later"
      sleep 1
      waited=$((waited + 1))
    else
      rm -f "$lock"
    fi
  done
  holds_lock=yes
  # What processes left that died while they took the lock.
  for left in "$lock".*; do
    if matches "${left##*.}" '[0-9]+' && { [ "${left##*.}" = "$$" ] || ! kill -0 "${left##*.}" 2>/dev/null; }; then rm -f "$left"; fi
  done
}

# Makes a file, or the changes of a directory, survive a power cut. An old sync takes no names, and does it all.
settle() { sync "$1" 2>/dev/null || sync; }

# Writes stdin to a file, in whole or not at all. $1: the file, $2: its mode
put_file() {
  temporary=$dir/.${1##*/}.nodeseal-tmp
  rm -f "$temporary"
  if ! cat >"$temporary" || ! chmod "$2" "$temporary"; then
    rm -f "$temporary"
    die "cannot write $1: is the disk full or read-only?"
  fi
  settle "$temporary"
  mv -f "$temporary" "$1"
  settle "$dir"
}

# --- time ------------------------------------------------------------------------------------------------------------

# Seconds since 1970 of a UTC time: year, month (Nov or 11), day, hour, minute, second. The year begins in March here.
epoch_of() {
  case $2 in
    Jan) m=11 ;; Feb) m=12 ;; Mar) m=1 ;; Apr) m=2 ;; May) m=3 ;; Jun) m=4 ;;
    Jul) m=5 ;; Aug) m=6 ;; Sep) m=7 ;; Oct) m=8 ;; Nov) m=9 ;; Dec) m=10 ;;
    0[1-9] | 1[0-2]) m=$(((${2#0} + 9) % 12 + 1)) ;;
    *) echo 0; return ;;
  esac
  y=$1
  if [ "$m" -gt 10 ]; then y=$((y - 1)); fi
  # "08" is no octal number, and no number at all to some shells.
  d=${3#0} H=${4#0} M=${5#0} S=${6#0}
  days=$((365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 1) + 2) / 5 + d - 1 - 719468))
  echo $((days * 86400 + H * 3600 + M * 60 + S))
}

clock_offset=0
service_now() { echo $(($(date +%s) + clock_offset)); }

# Date: Sun, 06 Nov 1994 08:49:37 GMT
learn_time() {
  set -f
  # shellcheck disable=SC2046
  set -- $(sed -n 's/^[Dd]ate: *//p' "$work/headers" | tail -n 1 | tr ':\r' '  ')
  set +f
  [ $# -ge 7 ] || return 0
  seen=$(epoch_of "$4" "$3" "$2" "$5" "$6" "$7")
  [ "$seen" -gt 0 ] || return 0
  clock_offset=$((seen - $(date +%s)))
  if [ "$clock_offset" -gt -5 ] && [ "$clock_offset" -lt 5 ]; then clock_offset=0; fi
  if [ -z "${clock_told:-}" ] && { [ "$clock_offset" -gt 60 ] || [ "$clock_offset" -lt -60 ]; }; then
    clock_told=yes
    note "this machine's clock differs from the service's by $((-clock_offset)) s; the service's is used"
  fi
}

# notBefore=Nov  6 08:49:37 1994 GMT. $1: -startdate or -enddate, $2: certificate
certificate_time() {
  set -f
  # shellcheck disable=SC2046
  set -- $(openssl x509 -noout "$1" -in "$2" | sed 's/^[^=]*=//' | tr ':' ' ')
  set +f
  epoch_of "$6" "$1" "$2" "$3" "$4" "$5"
}

# --- talking to the service ------------------------------------------------------------------------------------------

pin_of() { openssl x509 -noout -pubkey -in "$1" | openssl pkey -pubin -outform DER | openssl dgst -sha256 | sed 's/.*= */sha256:/'; }

# Splits the certificates of a PEM file into $work/$2.1, .2 …
split_pem() {
  rm -f "$work/$2".*
  awk -v out="$work/$2." '/-----BEGIN CERTIFICATE-----/ { n++; on = 1 } on { print > (out n) } /-----END CERTIFICATE-----/ { on = 0 }' "$1"
}

# Whether one of the certificates $work/$1.* is a CA whose key is pinned; its file in $pinned, all hashes in $shown.
find_pinned() {
  shown='' pinned=''
  for certificate in "$work/$1".*; do
    [ -f "$certificate" ] || continue
    openssl x509 -noout -text -in "$certificate" | grep -q 'CA:TRUE' || continue
    hash=$(pin_of "$certificate")
    shown="$shown $hash"
    for pin in $pins; do
      if [ "$pin" = "$hash" ]; then pinned=$certificate; fi
    done
  done
  [ -n "$pinned" ]
}

# The CAs that may speak for the server, in $anchors; none: the system's. Nothing is sent to a server not yet trusted.
anchors=$ca_file
find_anchors() {
  [ -n "$pins" ] || return 0
  authority=${url#https://}
  authority=${authority%%/*}
  case $authority in *]) port=443 ;; *:*) port=${authority##*:} ;; *) port=443 ;; esac
  host=${authority%:"$port"}
  bare=$(printf '%s' "$host" | tr -d '[]')
  set -- -connect "$host:$port" -showcerts
  # SNI may not hold an address.
  matches "$bare" '[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*' || set -- "$@" -servername "$bare"
  proxy=${https_proxy:-${HTTPS_PROXY:-}}
  case ",${no_proxy:-${NO_PROXY:-}}," in *",$bare,"* | *",*,"*) proxy='' ;; esac
  if [ -n "$proxy" ]; then
    proxy=${proxy#http://}
    set -- "$@" -proxy "${proxy%/}"
  fi
  openssl s_client "$@" </dev/null >"$work/shown" 2>/dev/null || true
  split_pem "$work/shown" shown
  if find_pinned shown; then
    anchors=$work/anchor
    cp "$pinned" "$anchors"
  elif [ "$pinned_by" = 'server chain' ]; then
    die "$authority is not trusted: it no longer shows the CA that was pinned ($pins)"
  fi
}

# $1: GET or POST, $2: path, $3: file with the body, if any; the token goes with it if $4 is "token".
# Leaves the status in $status, or 000 and curl's own status in $curl_status.
request() {
  set -- "$1" "$url$2" "${3:-}" "${4:-}"
  method=$1 target=$2 body=$3 credential=$4
  set -- -q --silent --show-error --proto =https --tlsv1.2 --connect-timeout 10 --max-time 40 --request "$method" \
    --header 'Accept: application/json' --user-agent "nodeseal-join.sh/$VERSION" \
    --output "$work/answer" --dump-header "$work/headers" --write-out '%{http_code}'
  if [ -n "$anchors" ]; then set -- "$@" --cacert "$anchors"; fi
  if [ -n "$body" ]; then set -- "$@" --header 'Content-Type: application/json' --data-binary "@$body"; fi
  # In a file: arguments are for everybody to read.
  if [ "$credential" = token ]; then set -- "$@" --header "@$work/authorization"; fi
  : >"$work/headers"
  : >"$work/answer"
  curl_status=0
  status=$(curl "$@" "$target" 2>"$work/curl-error") || { curl_status=$? status=000; }
  if [ "$curl_status" -eq 0 ]; then learn_time; fi
}

deadline=$(($(date +%s) + wait_seconds))
random_below() { echo $(($(od -An -N2 -tu2 /dev/urandom) % $1)); }

# Waits; fails when that would be past the limit.
wait_for() {
  [ $(($(date +%s) + $1)) -le "$deadline" ] || return 1
  sleep "$1"
}

# As `request`, again and again while that may help. Dies with the reason when it does not.
insist() {
  delay=2
  while :; do
    request "$@"
    case $status in
      2??) return 0 ;;
      429 | 500 | 502 | 503 | 504) why="the service answered $status $(told code)" ;;
      000)
        why="cannot reach $url: $(head -n 1 "$work/curl-error")"
        # A server that is not who it should be will not be so the next time.
        case $curl_status in 51 | 58 | 60 | 77 | 83 | 90 | 91) die "$why$(pin_hint)" ;; esac
        ;;
      *) return 0 ;;
    esac
    asked=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\{1,6\}\).*/\1/p' "$work/headers" | tail -n 1)
    pause=$((delay / 2 + $(random_below $((delay / 2 + 1)))))
    if [ "${asked:-0}" -gt "$pause" ]; then pause=$((asked + $(random_below $((asked / 5 + 1))))); fi
    wait_for "$pause" || die "$why; gave up after $wait_seconds s (--wait)$(expiry_hint)"
    if [ "$delay" -lt 30 ]; then delay=$((delay * 2)); fi
  done
}

pin_hint() { if [ -n "$pins" ]; then printf '; it shows%s, pinned is%s' "${shown:- no CA}" "$pins"; fi; }

refused() {
  code=$(told code) detail=$(told detail)
  case $code in
    invalid_token) die "the service does not accept the token; ask for a new one (nodeseal token create)" ;;
    token_spent) die "the token has no uses left; ask for a new one (nodeseal token create)" ;;
    node_name_taken) die "another machine holds this node name; an operator can run: nodeseal node release $node, or make a token with --replace" ;;
    request_denied) rm -f "$pending_key"; die "an administrator denied this request: $detail" ;;
    certificate_superseded) die "this certificate was replaced: somebody else may hold a copy of this disk; find out who, then join again with a new token" ;;
    certificate_revoked) die "this certificate was revoked; if this machine may come back, join again with a new token" ;;
    certificate_expired) die "this certificate has expired, and the service does not let it recover; an operator can allow that, or join again with a new token ($detail)" ;;
    '') die "the service answered $status without JSON: is $url its address, or did a proxy answer?" ;;
    *) die "the service answered $status $code: $detail$(expiry_hint)" ;;
  esac
}

# Whatever kept an expired certificate from being renewed may not name what helps.
expiry_hint() {
  if [ "$failure_status" -eq 3 ]; then
    printf '; the certificate has expired: if the service does not let it recover, an operator can run: nodeseal node allow-recovery %s, or join again with a new token' "$node"
  fi
}

# --- keys, requests, proofs ------------------------------------------------------------------------------------------

digest_of() { case $key_type in P-384) echo sha384 ;; *) echo sha256 ;; esac; }

# Kept before the request is made: a lost answer is found again with the same key.
make_pending_key() {
  if [ -s "$pending_key" ] && openssl pkey -noout -in "$pending_key" 2>/dev/null; then return 0; fi
  case $key_type in
    P-256) openssl ecparam -name prime256v1 -genkey -noout ;;
    P-384) openssl ecparam -name secp384r1 -genkey -noout ;;
    Ed25519) openssl genpkey -algorithm ED25519 2>/dev/null ;;
    *) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${key_type#RSA-}" 2>/dev/null ;;
  esac >"$work/key"
  [ -s "$work/key" ] || die "openssl could not make a $key_type key"
  put_file "$pending_key" 600 <"$work/key"
}

make_csr() {
  printf '[req]\ndistinguished_name=dn\n[dn]\n' >"$work/openssl.cnf"
  openssl req -new -config "$work/openssl.cnf" "-$(digest_of)" -key "$pending_key" \
    -subj "/O=system:nodes/CN=system:node:$node" -out "$work/csr"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# stdin: what is signed; $1: the key. ECDSA in JWS is r || s (RFC 7518 section 3.4), openssl writes DER.
jws_signature() {
  # Ed25519 signs the message and no digest of it, and openssl wants to know its length before.
  if [ "$(algorithm_of_key "$1")" = EdDSA ]; then
    cat >"$work/signed" && openssl pkeyutl -sign -rawin -inkey "$1" -in "$work/signed" | base64url
    return
  fi
  openssl dgst "-$(digest_of_key "$1")" -sign "$1" >"$work/signature"
  case $(algorithm_of_key "$1") in
    RS256) base64url <"$work/signature" ;;
    ES256) raw_ecdsa 64 | base64url ;;
    ES384) raw_ecdsa 96 | base64url ;;
  esac
}

raw_ecdsa() {
  openssl asn1parse -inform DER -in "$work/signature" | sed -n 's/.*INTEGER *:\([0-9A-F]*\).*/\1/p' | while read -r hex; do
    while [ "${#hex}" -lt "$1" ]; do hex=0$hex; done
    while [ -n "$hex" ]; do
      rest=${hex#??}
      # shellcheck disable=SC2059
      printf "\\$(printf '%03o' "0x${hex%"$rest"}")"
      hex=$rest
    done
  done
}

algorithm_of_key() {
  case $(openssl pkey -in "$1" -noout -text 2>/dev/null | sed -n 's/.*(\([0-9]*\) bit.*/\1/p; s/^\(ED25519\) .*/\1/p' | head -n 1) in
    256) echo ES256 ;; 384) echo ES384 ;; ED25519) echo EdDSA ;; *) echo RS256 ;;
  esac
}
digest_of_key() { case $(algorithm_of_key "$1") in ES384) echo sha384 ;; *) echo sha256 ;; esac; }

# A proof of possession of the current certificate. $1: path, $2: CSR file, if it speaks for one. Its key is in $work/current-key.
make_proof() {
  x5c=$(openssl x509 -in "$current" -outform DER | openssl base64 -A)
  now=$(service_now)
  claim=''
  if [ -n "${2:-}" ]; then claim=",\"csr_sha256\":\"$(openssl req -in "$2" -outform DER | openssl dgst -sha256 -binary | base64url)\""; fi
  header="{\"alg\":\"$(algorithm_of_key "$work/current-key")\",\"typ\":\"nodeseal-proof+jwt\",\"x5c\":[\"$x5c\"]}"
  claims="{\"aud\":\"$url$1\",\"iat\":$now,\"exp\":$((now + 120)),\"jti\":\"$(openssl rand -hex 16)\"$claim}"
  signed=$(printf '%s' "$header" | base64url).$(printf '%s' "$claims" | base64url)
  printf '%s.%s' "$signed" "$(printf '%s' "$signed" | jws_signature "$work/current-key")"
}

# The key's block of the current pair, for openssl.
take_current_key() { sed -n '/-----BEGIN .*PRIVATE KEY-----/,/-----END .*PRIVATE KEY-----/p' "$current" >"$work/current-key"; }

# $1: file; its PEM as the inside of a JSON string
json_lines() { while IFS= read -r line; do printf '%s\\n' "$line"; done <"$1"; }

# The body of a request for a certificate; $1: a proof, if any.
issuance_body() {
  printf '{"csr":"%s"' "$(json_lines "$work/csr")"
  if [ -n "$signer" ]; then printf ',"signerName":"%s"' "$signer"; fi
  if [ -n "$lifetime" ]; then printf ',"expirationSeconds":%s' "$lifetime"; fi
  if [ -n "${1:-}" ]; then
    if [ -s "$bundle" ]; then printf ',"trustBundleSequence":%s' "$(bundle_sequence)"; fi
    printf ',"proof":"%s"' "$1"
  fi
  printf '}'
}

# --- the answer ------------------------------------------------------------------------------------------------------

bundle_sequence() { sed -n 's/^# nodeseal trust bundle, sequence \([0-9]*\)$/\1/p' "$bundle" 2>/dev/null | head -n 1; }

# The certificates in the strings of a JSON text, as PEM.
pem_in() {
  sed 's/\\n/\
/g; s/-----BEGIN CERTIFICATE-----/\
&/g; s/-----END CERTIFICATE-----/&\
/g' "$1" | sed -n '/^-----BEGIN CERTIFICATE-----$/,/^-----END CERTIFICATE-----$/p'
}

# Brings the trust bundle up to date, never back. Also the place where a pin is looked for that the server did not show.
fetch_bundle() {
  insist GET /v1/trust-bundle
  case $status in 2??) ;; *) refused ;; esac
  take_bundle
}

take_bundle() {
  sequence=$(number sequence "$work/answer")
  [ -n "$sequence" ] || die 'the trust bundle of the service is not understood'
  pem_in "$work/answer" >"$work/bundle"
  split_pem "$work/bundle" authority
  [ -f "$work/authority.1" ] || die 'the trust bundle of the service is empty: it has no CA yet'
  if [ -n "$pins" ] && [ "$anchors" != "$work/anchor" ] && [ "$command" = join ]; then
    find_pinned authority || die "the service is not the one that was pinned: its CAs are$shown, pinned is$pins"
  fi
  kept=$(bundle_sequence)
  if [ -n "$kept" ] && [ "$kept" -ge "$sequence" ] && { [ "$command" = renew ] || grep -qF "$(sed -n 2p "$work/authority.1")" "$bundle"; }; then return 0; fi
  seen=$(number trustBundleSequence "$state" 2>/dev/null || true)
  if [ "$command" = renew ] && [ "${seen:-0}" -gt "$sequence" ]; then
    die "the service offers trust bundle $sequence, this node has already seen $seen: an old one is not taken"
  fi
  { printf '# nodeseal trust bundle, sequence %s\n' "$sequence"; cat "$work/bundle"; } | put_file "$bundle" 644
}

unacceptable() { die "the service's answer was not installed: $1; nothing was changed on this machine"; }

# Checks the certificate in $work/answer and makes it the current one.
install_certificate() {
  pem_in "$work/answer" >"$work/chain"
  cp "$work/answer" "$work/issued"
  openssl x509 -in "$work/chain" -out "$work/leaf" 2>/dev/null || unacceptable 'it holds no certificate'
  [ "$(openssl x509 -in "$work/leaf" -noout -pubkey)" = "$(openssl pkey -in "$pending_key" -pubout)" ] ||
    unacceptable 'it is for another key than the one on this machine'
  subject=$(openssl x509 -in "$work/leaf" -noout -subject -nameopt RFC2253,sep_multiline | sed -n 's/^ *CN=//p')
  [ "$subject" = "system:node:$node" ] || unacceptable "its common name is \"$subject\", asked for was \"system:node:$node\""
  fetch_bundle
  openssl verify -partial_chain -attime "$(service_now)" -CAfile "$bundle" -untrusted "$work/chain" "$work/leaf" >"$work/verified" 2>&1 ||
    unacceptable "$(grep -m 1 '^error' "$work/verified" || echo 'its chain does not lead to a CA of the trust bundle')"

  split_pem "$work/chain" chain
  { cat "$work"/chain.*; cat "$pending_key"; } >"$work/pair"
  temporary=$dir/.$prefix.pem.nodeseal-tmp
  rm -f "$temporary"
  cat "$work/pair" >"$temporary" || { rm -f "$temporary"; die "cannot write in $dir: is the disk full or read-only?"; }
  settle "$temporary"
  # A hard link fails where a file of that second is there already, whoever wrote it.
  until file=$prefix-$(date +%Y-%m-%d-%H-%M-%S).pem && ln "$temporary" "$dir/$file" 2>/dev/null; do
    [ -e "$dir/$file" ] || die "cannot write $dir/$file"
    sleep 1
  done
  rm -f "$temporary"
  # A crash after this leaves a file nobody points to, and the key: the next attempt gets the same certificate.
  write_state "$file" false
  rm -f "$updated"
  ln -s "$dir/$file" "$updated"
  mv -f "$updated" "$current"
  settle "$dir"
  rm -f "$pending_key"
  prune
}

# What was written here, oldest first.
written_files() {
  if [ -f "$state" ]; then sed -n '/"pairFiles"/,/]/p' "$state" | sed -n "s/^[[:space:]]*\"\($prefix-[0-9-]*\.pem\)\",\{0,1\}$/\1/p"; fi
}

json_list() { sed 's/.*/    "&"/' | sed '$!s/$/,/'; }

# $1: the file of the pair, $2: whether the service knows that it arrived
write_state() {
  { written_files | grep -vxF "$1" || true; echo "$1"; } | while read -r name; do
    if [ "$name" = "$1" ] || [ -f "$dir/$name" ]; then echo "$name"; fi
  done >"$work/written"
  {
    printf '{\n  "version": 1,\n  "service": {\n    "url": "%s",\n' "$url"
    if [ -n "$ca_file" ]; then printf '    "caFile": "%s",\n' "$ca_file"; fi
    if [ -n "$pins" ]; then
      printf '    "pinnedBy": "%s",\n' "$([ "$anchors" = "$work/anchor" ] && echo 'server chain' || echo 'trust bundle')"
    fi
    printf '    "caCertHashes": [\n'
    for pin in $pins; do echo "$pin"; done | json_list
    printf '    ]\n  },\n  "nodeName": "%s",\n  "prefix": "%s",\n  "keyType": "%s",\n' "$node" "$prefix" "$key_type"
    if [ -n "$signer" ]; then printf '  "signerName": "%s",\n' "$signer"; fi
    if [ -n "$lifetime" ]; then printf '  "expirationSeconds": %s,\n' "$lifetime"; fi
    printf '  "certificate": {\n    "serialNumber": "%s",\n    "requestName": "%s",\n' \
      "$(member serialNumber "$work/issued" | tr 'A-F' 'a-f')" "$(member name "$work/issued")"
    for moment in renewAfter renewBefore; do
      at=$(member "$moment" "$work/issued")
      if [ -n "$at" ]; then printf '    "%s": "%s",\n' "$moment" "$at"; fi
    done
    printf '    "isConfirmed": %s\n  },\n  "trustBundleSequence": %s,\n  "pairFiles": [\n' "$2" "$(bundle_sequence)"
    json_list <"$work/written"
    printf '  ]\n}\n'
  } >"$work/state"
  put_file "$state" 600 <"$work/state"
}

# Keeps the newest five of those written here. Files of others are not ours to delete.
prune() {
  written_files >"$work/written"
  surplus=$(($(wc -l <"$work/written") - 5))
  [ "$surplus" -gt 0 ] || return 0
  head -n "$surplus" "$work/written" | while read -r name; do rm -f "$dir/$name"; done
}

# Tells the service that the certificate is safely here. Failing costs nothing but time.
confirm() {
  name=$(member name "$work/issued")
  matches "$name" '[A-Za-z0-9_-]{1,128}' || return 0
  take_current_key
  printf '{"proof":"%s"}' "$(make_proof "/v1/certificates/$name/confirmation")" >"$work/body"
  request POST "/v1/certificates/$name/confirmation" "$work/body"
  case $status in
    2??) file=$(readlink "$current"); write_state "${file##*/}" true ;;
    *) note 'the service could not be told that the certificate arrived; the next renewal does it' ;;
  esac
}

report() {
  printf '%s system:node:%s\n' "$1" "$node"
  printf '  certificate    %s (key and chain in one file)\n' "$current"
  printf '  valid until    %s\n' "$(openssl x509 -noout -enddate -in "$current" | sed 's/^notAfter=//')"
  printf '  trust bundle   %s (sequence %s)\n' "$bundle" "$(bundle_sequence)"
}

# --- the two commands ------------------------------------------------------------------------------------------------

finish_interrupted_switch() {
  for path in "$current" "$updated"; do
    if [ -e "$path" ] && [ ! -L "$path" ]; then die "$path is a file where a symbolic link belongs; move it away, then run this again"; fi
  done
  if [ -L "$updated" ]; then
    if openssl x509 -noout -in "$updated" 2>/dev/null; then mv -f "$updated" "$current"; else rm -f "$updated"; fi
  fi
  if [ -s "$current" ] && [ -s "$pending_key" ]; then
    if [ "$(openssl x509 -in "$current" -noout -pubkey)" = "$(openssl pkey -in "$pending_key" -pubout 2>/dev/null)" ]; then rm -f "$pending_key"; fi
  fi
}

join_node() {
  if [ -s "$current" ]; then
    [ -f "$state" ] || die "$current was not made by this program, perhaps by a kubelet; choose another --dir or --name, or move it away"
    subject=$(openssl x509 -in "$current" -noout -subject -nameopt RFC2253,sep_multiline 2>/dev/null | sed -n 's/^ *CN=//p')
    if [ -n "$subject" ] && [ "$subject" != "system:node:$node" ]; then die "$current is for $subject; choose another --dir"; fi
    if openssl x509 -in "$current" -noout -checkend 0 >/dev/null 2>&1; then
      report 'nothing to do, this machine already is'
      return 0
    fi
  fi
  if [ "$token_file" = - ]; then token=$(cat); else token=$(cat "$token_file") || die "cannot read $token_file"; fi
  matches "$token" '[a-z0-9]{6}\.[a-z0-9]{16}' || wrong_usage 'the token is not of the form abcdef.0123456789abcdef'
  printf 'Authorization: Bearer %s\n' "$token" >"$work/authorization"
  find_anchors
  # Before the token leaves this machine.
  if [ -n "$pins" ] && [ "$anchors" != "$work/anchor" ]; then fetch_bundle; fi
  attempts=0
  while :; do
    make_pending_key
    make_csr
    issuance_body >"$work/body"
    insist POST /v1/certificates "$work/body" token
    if [ "$status" = 409 ] && [ "$(member code "$work/answer")" = request_voided ] && [ "$attempts" -eq 0 ]; then
      attempts=1
      rm -f "$pending_key"
      continue
    fi
    break
  done
  wait_for_approval
  install_certificate
  confirm
  report 'joined as'
}

wait_for_approval() {
  told=''
  while [ "$status" = 202 ]; do
    name=$(member name "$work/answer")
    matches "$name" '[A-Za-z0-9_-]{1,128}' || die 'the answer of the service is not understood'
    [ -n "$told" ] || note "waiting for an administrator: nodeseal csr approve $name"
    told=yes
    asked=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\{1,3\}\).*/\1/p' "$work/headers" | tail -n 1)
    wait_for "${asked:-5}" || die "request $name still waits for approval; run this again once it has been approved: it goes on with the same request"
    insist GET "/v1/certificates/$name" '' token
  done
  case $status in 2??) ;; *) refused ;; esac
}

is_due() {
  [ "$force" = yes ] && return 0
  # A renewal that was begun goes on.
  [ -s "$pending_key" ] && return 0
  serial=$(openssl x509 -in "$current" -noout -serial | sed 's/.*=//' | tr 'A-F' 'a-f')
  renew_after=$(member renewAfter "$state")
  if [ "$(member serialNumber "$state")" = "$serial" ] && matches "${renew_after:-x}" '[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}.*'; then
    # shellcheck disable=SC2046
    due_at=$(epoch_of $(printf '%s' "$renew_after" | cut -c 1-19 | tr 'T:-' '   '))
  else
    # At 80 percent of the lifetime.
    start=$(certificate_time -startdate "$current") end=$(certificate_time -enddate "$current")
    due_at=$((start + (end - start) * 4 / 5))
  fi
  [ "$(service_now)" -ge "$due_at" ]
}

# By the service's clock, as far as it is known.
look_at_expiry() {
  if [ "$(service_now)" -gt "$(certificate_time -enddate "$current")" ]; then failure_status=3; else failure_status=1; fi
}

renew_node() {
  [ -s "$current" ] || die "$current is not there; run nodeseal-join.sh join again, with a new token"
  take_current_key
  [ "$(openssl x509 -in "$current" -noout -pubkey)" = "$(openssl pkey -in "$work/current-key" -pubout 2>/dev/null)" ] ||
    die "$current cannot be used: its key does not belong to its certificate; join again, with a new token"
  find_anchors
  look_at_expiry
  if is_due; then
    fetch_bundle
  else
    # An outage is nobody's business yet; but our clock may be wrong, and the trust bundle may have changed.
    request GET /v1/trust-bundle
    case $status in
      2??) take_bundle ;;
      *) note "nothing is due; the trust bundle could not be fetched: $status $(head -n 1 "$work/curl-error")" ;;
    esac
  fi
  if ! is_due; then
    if grep -q '"isConfirmed": false' "$state"; then
      # The state holds what a confirmation needs, under its own names.
      sed 's/"requestName"/"name"/' "$state" >"$work/issued"
      confirm
    fi
    report 'nothing to do, the renewal is not due yet:'
    return 0
  fi
  look_at_expiry
  outcome=renewed
  if [ "$failure_status" -eq 3 ]; then
    outcome=recovered
    note "the certificate has expired: asking the service to let $node recover"
  fi
  attempts=0
  while :; do
    make_pending_key
    make_csr
    before=$clock_offset
    issuance_body "$(make_proof /v1/certificates/renew "$work/csr")" >"$work/body"
    insist POST /v1/certificates/renew "$work/body"
    [ "$attempts" -eq 0 ] || break
    attempts=1
    case $(if [ "$status" -ge 400 ]; then member code "$work/answer"; fi) in
      request_voided) rm -f "$pending_key" ;;
      invalid_proof) [ "$before" -ne "$clock_offset" ] || break ;;
      *) break ;;
    esac
  done
  case $status in
    202) die "the renewal waits for an administrator: nodeseal csr approve $(told name)" ;;
    2??) ;;
    *) refused ;;
  esac
  install_certificate
  confirm
  report "$outcome"
}

pinned_by=''
if [ "$command" = renew ]; then pinned_by=$(member pinnedBy "$state"); fi
take_lock
rm -f "$dir"/.*.nodeseal-tmp
finish_interrupted_switch
case $command in join) join_node ;; renew) renew_node ;; esac
