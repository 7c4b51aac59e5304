// Sends the lines of its standard input as events of a Beat: {"message": LINE}, in batches, several on their way at once. It ends
// well when all are acknowledged, and prints how many were.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	v2 "github.com/elastic/go-lumber/client/v2"
)

const batchSize = 500
const inFlight = 4

func main() {
	address := os.Args[1]
	client, err := v2.AsyncDial(address, inFlight, v2.CompressionLevel(3), v2.Timeout(20*time.Second))
	check(err)
	var acknowledged atomic.Int64
	var waiting sync.WaitGroup
	send := func(events []interface{}) {
		waiting.Add(1)
		check(client.Send(func(sequence uint32, err error) {
			check(err)
			acknowledged.Add(int64(sequence))
			waiting.Done()
		}, events))
	}
	var events []interface{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		events = append(events, map[string]string{"message": lines.Text()})
		if len(events) == batchSize {
			send(events)
			events = nil
		}
	}
	check(lines.Err())
	if len(events) > 0 {
		send(events)
	}
	waiting.Wait()
	fmt.Println(acknowledged.Load())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
