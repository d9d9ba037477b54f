/* A CSR as Mbed TLS makes it: NULL stands behind ecdsa-with-SHA256. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int result) {
  if (result != 0) exit(1);
}

int main(void) {
  mbedtls_pk_context key;
  mbedtls_x509write_csr csr;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  unsigned char pem[4096];
  mbedtls_pk_init(&key);
  mbedtls_x509write_csr_init(&csr);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  must(mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0));
  must(mbedtls_pk_setup(&key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
  must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key), mbedtls_ctr_drbg_random, &random));
  mbedtls_x509write_csr_set_md_alg(&csr, MBEDTLS_MD_SHA256);
  mbedtls_x509write_csr_set_key(&csr, &key);
  must(mbedtls_x509write_csr_set_subject_name(&csr, "O=system:nodes,CN=system:node:generated"));
  must(mbedtls_x509write_csr_pem(&csr, pem, sizeof pem, mbedtls_ctr_drbg_random, &random));
  fputs((char *)pem, stdout);
  return 0;
}
