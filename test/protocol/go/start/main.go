// Starts a task and waits for its result: go run ./start PROMPT
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"example.com/rookery-client/rookery"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

type taskResult struct {
	Status     string  `json:"status"`
	Result     *string `json:"result"`
	Error      *string `json:"error"`
	Iterations int     `json:"iterations"`
}

func main() {
	namespace := os.Getenv("TEMPORAL_NAMESPACE")
	if namespace == "" {
		namespace = "default"
	}
	temporalClient, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: namespace})
	check(err)
	defer temporalClient.Close()
	text, err := os.ReadFile(os.Getenv("ROOKERY_SIGNING_KEY_FILE"))
	check(err)
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	check(err)
	id := "go-" + strings.ToLower(rand.Text())
	task := rookery.Task{"prompt": os.Args[1], "limits": rookery.Task{"max_iterations": 20.0, "max_cost_usd": 0.5}}
	options := client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             "rookery",
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
	}
	ctx := context.Background()
	run, err := temporalClient.ExecuteWorkflow(ctx, options, "backgroundTask", rookery.SignStart(key, namespace, id, task))
	check(err)
	var result taskResult
	err = run.Get(ctx, &result)
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		// TaskFailed: the first detail is the result. StartRefused: nothing ran.
		log.Fatalf("%s: %s", failure.Type(), failure.Message())
	}
	check(err)
	fmt.Println(*result.Result)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
