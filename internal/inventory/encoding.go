package inventory

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffBytes is how much of a file is looked at to guess what it is.
const sniffBytes = 64 << 10

// decode gives the text of a file in UTF-8, whatever Excel saved it as.
func decode(r io.ReaderAt, size int64, head []byte) (io.Reader, error) {
	whole := io.NewSectionReader(r, 0, size)
	if e := utf16Of(head); e != nil {
		return transform.NewReader(whole, e.NewDecoder()), nil
	}
	if isBinary(head) {
		return nil, &Refused{Code: Binary}
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		return io.NewSectionReader(r, 3, size-3), nil
	}
	valid, err := isUTF8(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if valid {
		return whole, nil
	}
	return transform.NewReader(whole, charmap.Windows1252.NewDecoder()), nil
}

// utf16Of knows the byte order mark, and without it the zero bytes that every
// second letter of a western text has.
func utf16Of(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case len(head) < 4:
		return nil
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	most := len(head) / 2 * 8 / 10
	switch {
	case zeros[1] >= most && zeros[0] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0] >= most && zeros[1] == 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// isBinary allows a few stray control characters, as old tools leave them, but
// no zero byte.
func isBinary(head []byte) bool {
	if bytes.HasPrefix(head, []byte("%PDF")) {
		return true
	}
	controls := 0
	for _, b := range head {
		if b == 0 {
			return true
		}
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != '\v' {
			controls++
		}
	}
	return controls > 8+len(head)/100
}

func isUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, 0, 64<<10)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		done := errors.Is(err, io.EOF)
		if err != nil && !done {
			return false, err
		}
		rest := len(buf)
		if !done { // a letter may be cut in two
			rest -= min(len(buf), utf8.UTFMax-1)
			for rest > 0 && rest < len(buf) && !utf8.RuneStart(buf[rest]) {
				rest++
			}
		}
		if !utf8.Valid(buf[:rest]) {
			return false, nil
		}
		if done {
			return true, nil
		}
		buf = buf[:copy(buf[:cap(buf)], buf[rest:])]
	}
}
