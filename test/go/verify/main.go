// Verifies certificates as kube-apiserver does: verify ROOTS INTERMEDIATES UNIX-SECONDS client|server LEAF...
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	roots, intermediates := poolOf(os.Args[1]), poolOf(os.Args[2])
	seconds, _ := strconv.ParseInt(os.Args[3], 10, 64)
	usage := map[string]x509.ExtKeyUsage{"client": x509.ExtKeyUsageClientAuth, "server": x509.ExtKeyUsageServerAuth}[os.Args[4]]
	for _, file := range os.Args[5:] {
		leaf, err := x509.ParseCertificate(derOf(file))
		if err == nil {
			_, err = leaf.Verify(x509.VerifyOptions{
				Roots: roots, Intermediates: intermediates, CurrentTime: time.Unix(seconds, 0), KeyUsages: []x509.ExtKeyUsage{usage},
			})
		}
		if err != nil {
			fmt.Println("refused:", err)
			continue
		}
		fmt.Println("ok", leaf.Subject.String(), leaf.DNSNames, leaf.IPAddresses, leaf.KeyUsage, leaf.IsCA, len(leaf.UnhandledCriticalExtensions))
	}
}

func derOf(file string) []byte {
	text, _ := os.ReadFile(file)
	block, _ := pem.Decode(text)
	return block.Bytes
}

func poolOf(file string) *x509.CertPool {
	pool := x509.NewCertPool()
	text, _ := os.ReadFile(file)
	pool.AppendCertsFromPEM(text)
	return pool
}
