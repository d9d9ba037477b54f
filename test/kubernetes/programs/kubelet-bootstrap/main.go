// Runs the kubelet's own bootstrap: package pkg/kubelet/certificate/bootstrap of Kubernetes, unchanged.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/kubelet/certificate/bootstrap"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	kubeconfig, bootstrapKubeconfig, certDir, node := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	if err := bootstrap.LoadClientCert(ctx, kubeconfig, bootstrapKubeconfig, certDir, types.NodeName(node)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
