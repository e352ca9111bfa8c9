// Package rookery signs what gives a Rookery task its authority: its start, and messages to it.
package rookery

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Task is the input of a task, or a message: JSON values only (map[string]any, []any, string, float64, bool, nil).
type Task = map[string]any

// SignStart signs an input. The scope is the workflow id, or "schedule:" and the workflow id in the action of a schedule.
func SignStart(key []byte, namespace, scope string, task Task) Task {
	signed := maps.Clone(task)
	delete(signed, "signature")
	seal := Task{"nonce": rand.Text(), "signed_at": time.Now().UTC().Format(time.RFC3339Nano)}
	code := MAC(key, []any{"start", namespace, scope, maps.Clone(signed), seal})
	signed["signature"] = Task{"scope": scope, "nonce": seal["nonce"], "signed_at": seal["signed_at"], "mac": code}
	return signed
}

// SignSignal signs a message for a signal; only "pause" needs no signature.
func SignSignal(key []byte, namespace, workflowID, signal string, message Task) Task {
	signed := maps.Clone(message)
	code := MAC(key, []any{"signal:" + signal, namespace, workflowID, message})
	signed["signature"] = Task{"scope": workflowID, "mac": code}
	return signed
}

// MAC is the HMAC-SHA-256 of the canonical JSON, in hexadecimal digits.
func MAC(key []byte, parts []any) string {
	code := hmac.New(sha256.New, key)
	code.Write([]byte(Canonical(parts)))
	return hex.EncodeToString(code.Sum(nil))
}

// Canonical is JSON without blanks, with keys in the order of their UTF-16 code units and numbers as ECMAScript writes them.
func Canonical(value any) string {
	switch value := value.(type) {
	case map[string]any:
		keys := slices.SortedFunc(maps.Keys(value), func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		fields := make([]string, len(keys))
		for i, key := range keys {
			fields[i] = quote(key) + ":" + Canonical(value[key])
		}
		return "{" + strings.Join(fields, ",") + "}"
	case []any:
		items := make([]string, len(value))
		for i, item := range value {
			items[i] = Canonical(item)
		}
		return "[" + strings.Join(items, ",") + "]"
	case string:
		return quote(value)
	case float64:
		if value == 0 {
			return "0" // Go writes -0 as such
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("no JSON value: %v", err))
	}
	return string(text)
}

// quote escapes as ECMAScript does: nothing but quotes, backslashes and control characters.
func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	// The encoder writes these two escaped, also behind an escaped backslash.
	return separators.Replace(strings.TrimSuffix(out.String(), "\n"))
}

var separators = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")
