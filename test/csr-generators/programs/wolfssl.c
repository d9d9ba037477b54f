/* A CSR as wolfSSL makes it, of the version given: without one, version 2. */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int must(int result) {
  if (result < 0) exit(1);
  return result;
}

int main(int count, char **arguments) {
  static Cert csr;
  ecc_key key;
  WC_RNG random;
  byte der[4096], pem[8192];
  must(wc_InitRng(&random));
  must(wc_ecc_init(&key));
  must(wc_ecc_make_key_ex(&random, 32, &key, ECC_SECP256R1));
  must(wc_InitCert(&csr));
  if (count > 1) csr.version = atoi(arguments[1]);
  strcpy(csr.subject.org, "system:nodes");
  strcpy(csr.subject.commonName, "system:node:generated");
  csr.sigType = CTC_SHA256wECDSA;
  must(wc_MakeCertReq_ex(&csr, der, sizeof der, ECC_TYPE, &key));
  int length = must(wc_SignCert_ex(csr.bodySz, csr.sigType, der, sizeof der, ECC_TYPE, &key, &random));
  length = must(wc_DerToPem(der, length, pem, sizeof pem, CERTREQ_TYPE));
  fwrite(pem, 1, length, stdout);
  return 0;
}
