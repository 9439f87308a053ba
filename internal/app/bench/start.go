package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// start measures the real binary on the store: from its start to the first
// answered request, and the memory it then holds.
func start(ctx context.Context, out io.Writer, binary string, b *bed) error {
	if err := b.engine.Close(ctx); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, binary, "serve") //nolint:gosec // our own binary
	command.Env = append(os.Environ(), "MONGODB_URI=", "PASSERELLE_ADDR=127.0.0.1:0", "PASSERELLE_DATA="+b.folder,
		"PASSERELLE_KEY="+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("b"), 32)), "PASSERELLE_SMTP_HOST=127.0.0.1", "PASSERELLE_MAIL_FROM=bench@example.org")
	said, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	defer func() { _ = command.Wait() }() // killed below
	defer func() { _ = command.Process.Kill() }()
	url, err := readyAt(said)
	if err != nil {
		return err
	}
	response, err := http.Get(url + "/fr/") //nolint:noctx // one request to our own child
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	answered := time.Since(begun)
	time.Sleep(3 * time.Second)
	memory, err := resident(command.Process.Pid)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "stored applications %d: first answered request after %s (goal 1 s), resident memory %d MB (goal 150 MB)\n",
		b.filled, answered.Round(time.Millisecond), memory>>20)
	return nil
}

func readyAt(said io.Reader) (string, error) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			return url, nil
		}
	}
	return "", errors.New("the server does not start")
}

// resident reads a process's resident memory in bytes.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, pages int64
	_, err = fmt.Sscan(string(text), &size, &pages)
	return pages * int64(os.Getpagesize()), err
}
