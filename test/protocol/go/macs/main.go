// Prints the code of each line on stdin, a JSON object of key and parts: compared with those of Rookery itself.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"example.com/rookery-client/rookery"
)

func main() {
	decoder, encoder := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var given struct {
			Key   string
			Parts []any
		}
		if err := decoder.Decode(&given); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		key, err := hex.DecodeString(given.Key)
		if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode([]string{rookery.MAC(key, given.Parts), rookery.Canonical(given.Parts)}); err != nil {
			log.Fatal(err)
		}
	}
}
