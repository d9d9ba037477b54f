// Runs the kubelet's own certificate manager (pkg/kubelet/certificate) as a kubelet with rotateCertificates does: bootstraps
// with the bootstrap kubeconfig, then rotates with the certificate. Ends after the wanted number of certificates.
package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clientset "k8s.io/client-go/kubernetes"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	kubeletcertificate "k8s.io/kubernetes/pkg/kubelet/certificate"
)

func main() {
	bootstrapKubeconfig, certDir, node := os.Args[1], os.Args[2], os.Args[3]
	wanted, _ := strconv.Atoi(os.Args[4])
	bootstrap, err := clientcmd.BuildConfigFromFlags("", bootstrapKubeconfig)
	exitOn(err)
	bootstrap.ContentType = "application/vnd.kubernetes.protobuf"
	newClients := func(current *tls.Certificate) (clientset.Interface, error) {
		if current == nil {
			return clientset.NewForConfig(bootstrap)
		}
		config := restclient.AnonymousClientConfig(bootstrap)
		config.ContentType = bootstrap.ContentType
		config.Dial = nil
		return clientset.NewForConfig(withCertificate(config, certDir))
	}
	manager, err := kubeletcertificate.NewKubeletClientCertificateManager(certDir, types.NodeName(node), nil, nil, "", "", newClients)
	exitOn(err)
	manager.Start()
	defer manager.Stop()
	seen := map[string]bool{}
	for deadline := time.Now().Add(4 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		current := manager.Current()
		if current == nil || current.Leaf == nil || seen[current.Leaf.SerialNumber.String()] {
			continue
		}
		seen[current.Leaf.SerialNumber.String()] = true
		fmt.Println(current.Leaf.SerialNumber.String(), current.Leaf.Subject.String())
		if len(seen) == wanted {
			return
		}
	}
	exitOn(fmt.Errorf("only %d certificates of %d", len(seen), wanted))
}

func withCertificate(config *restclient.Config, certDir string) *restclient.Config {
	config.CertFile = certDir + "/kubelet-client-current.pem"
	config.KeyFile = config.CertFile
	return config
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
