package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalfranceschool/passerelle/pkg/assign"
)

const (
	headerBytes = 12 // students, devices, arcs: little-endian u32
	arcBytes    = 12 // student, device, score
	mostNodes   = 1 << 28
)

func read(a arguments) (assign.Instance, error) {
	in, err := readInstance(a.instance)
	if err != nil {
		return in, err
	}
	if a.tiers != "" {
		if in.Tiers, err = readTiers(a.tiers, in.Students); err != nil {
			return in, err
		}
	}
	if a.capacity != "" {
		if in.Capacity, err = readCapacity(a.capacity, in.Devices); err != nil {
			return in, err
		}
	}
	return in, nil
}

// readInstance reads either form; the binary one is told by a size that its
// header explains.
func readInstance(name string) (assign.Instance, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return assign.Instance{}, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return assign.Instance{}, err
	}
	r := bufio.NewReaderSize(f, 1<<20)
	head, err := r.Peek(headerBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return assign.Instance{}, err
	}
	if text(head) {
		return readText(name, r)
	}
	return readBinary(name, r, info.Size())
}

// text tells the text form: a binary header has bytes that no text has, as
// sizes stay far below its four bytes each.
func text(head []byte) bool {
	return len(head) > 0 && !slices.ContainsFunc(head, func(b byte) bool { return b < '\t' || b > '~' })
}

func readBinary(name string, r io.Reader, size int64) (assign.Instance, error) {
	var header [headerBytes]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return assign.Instance{}, fmt.Errorf("%s: %d bytes are no instance", name, size)
	}
	n, m, e := binary.LittleEndian.Uint32(header[0:]), binary.LittleEndian.Uint32(header[4:]), binary.LittleEndian.Uint32(header[8:])
	if n > mostNodes || m > mostNodes {
		return assign.Instance{}, fmt.Errorf("%s: %d students and %d devices are too many", name, n, m)
	}
	if want := headerBytes + arcBytes*int64(e); size != want {
		return assign.Instance{}, fmt.Errorf("%s: %d arcs take %d bytes, the file has %d", name, e, want, size)
	}
	in := assign.Instance{Students: int(n), Devices: int(m), Arcs: make([]assign.Arc, e)}
	block := make([]byte, arcBytes*4096)
	for i := 0; i < len(in.Arcs); {
		some := block[:min(len(block), arcBytes*(len(in.Arcs)-i))]
		if _, err := io.ReadFull(r, some); err != nil {
			return in, fmt.Errorf("%s: arc %d: %w", name, i, err)
		}
		for ; len(some) > 0; some, i = some[arcBytes:], i+1 {
			in.Arcs[i] = assign.Arc{
				Student: int32(binary.LittleEndian.Uint32(some)), Device: int32(binary.LittleEndian.Uint32(some[4:])), //nolint:gosec // Solve refuses what is out of range
				Score: int32(binary.LittleEndian.Uint32(some[8:])), //nolint:gosec // the same
			}
		}
	}
	return in, nil
}

// numbers reads lines of so many numbers each and names the line at fault.
func numbers(name string, r io.Reader, fields int, do func(line int, n []int64) error) error {
	scanner := bufio.NewScanner(r)
	n := make([]int64, fields)
	for line := 1; scanner.Scan(); line++ {
		words := strings.Fields(scanner.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) != fields {
			return fmt.Errorf("%s: line %d: %d numbers are wanted, %d stand there", name, line, fields, len(words))
		}
		for i, w := range words {
			v, err := strconv.ParseInt(w, 10, 64)
			if err != nil {
				return fmt.Errorf("%s: line %d: %q is no number", name, line, w)
			}
			n[i] = v
		}
		if err := do(line, n); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readText(name string, r io.Reader) (assign.Instance, error) {
	var in assign.Instance
	arcs := int64(-1)
	err := numbers(name, r, 3, func(line int, n []int64) error {
		for _, v := range n {
			if v < 0 || v > 1<<31-1 {
				return fmt.Errorf("%s: line %d: %d is out of range", name, line, v)
			}
		}
		if arcs < 0 {
			if n[0] > mostNodes || n[1] > mostNodes {
				return fmt.Errorf("%s: line %d: too many students or devices", name, line)
			}
			in.Students, in.Devices, arcs = int(n[0]), int(n[1]), n[2]
			return nil
		}
		in.Arcs = append(in.Arcs, assign.Arc{Student: int32(n[0]), Device: int32(n[1]), Score: int32(n[2])}) //nolint:gosec // checked above
		return nil
	})
	if err == nil && arcs < 0 {
		err = fmt.Errorf("%s: empty", name)
	}
	if err == nil && int64(len(in.Arcs)) != arcs {
		err = fmt.Errorf("%s: %d arcs announced, %d found", name, arcs, len(in.Arcs))
	}
	return in, err
}

// readTiers takes one byte a student, or text with one number a line.
func readTiers(name string, students int) ([]uint8, error) {
	raw, err := os.ReadFile(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	if len(raw) == students && !slices.ContainsFunc(raw, func(b byte) bool { return b > assign.MaxTier }) {
		return raw, nil
	}
	var tiers []uint8
	err = numbers(name, bytes.NewReader(raw), 1, func(line int, n []int64) error {
		if n[0] < 1 || n[0] > assign.MaxTier {
			return fmt.Errorf("%s: line %d: tier %d is outside 1..%d", name, line, n[0], assign.MaxTier)
		}
		tiers = append(tiers, uint8(n[0]))
		return nil
	})
	if err == nil && len(tiers) != students {
		err = fmt.Errorf("%s: %d tiers for %d students", name, len(tiers), students)
	}
	return tiers, err
}

func readCapacity(name string, devices int) ([]int32, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var all []int32
	err = numbers(name, f, 1, func(line int, n []int64) error {
		if n[0] < 0 || n[0] > 1<<31-1 {
			return fmt.Errorf("%s: line %d: capacity %d is out of range", name, line, n[0])
		}
		all = append(all, int32(n[0]))
		return nil
	})
	if err == nil && len(all) != devices {
		err = fmt.Errorf("%s: %d capacities for %d devices", name, len(all), devices)
	}
	return all, err
}

// writeResult writes pairs and prices: "p STUDENT DEVICE", "u STUDENT PRICE",
// "v DEVICE PRICE".
func writeResult(name string, r *assign.Result) (err error) {
	f, err := os.Create(name) //nolint:gosec // the user names the file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	line := func(kind byte, a int, b int64) {
		_ = w.WriteByte(kind) // errors stay with the writer until Flush
		_, _ = w.WriteString(" " + strconv.Itoa(a) + " " + strconv.FormatInt(b, 10) + "\n")
	}
	for s, d := range r.DeviceOf {
		if d >= 0 {
			line('p', s, int64(d))
		}
	}
	for s, u := range r.StudentPrice {
		line('u', s, u)
	}
	for d, v := range r.DevicePrice {
		line('v', d, v)
	}
	return w.Flush()
}

// readResult reads what writeResult wrote, and counts what it says.
func readResult(name string, in assign.Instance) (*assign.Result, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r := assign.Blank(in)
	scanner := bufio.NewScanner(f)
	for line := 1; scanner.Scan(); line++ {
		if err := r.Set(in, scanner.Text()); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", name, line, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r.Count(in)
	return r, nil
}
