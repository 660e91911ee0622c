package format

import "encoding/binary"

// ipv4 is dotted-quad of RFC 2673, section 3.2, without leading zeros, as
// RFC 3986 has it.
func ipv4(s []byte) bool {
	for part := range 4 {
		if part > 0 {
			if len(s) == 0 || s[0] != '.' {
				return false
			}
			s = s[1:]
		}
		n, value := 0, 0
		for n < len(s) && n < 3 && isDigit(s[n]) {
			value = value*10 + int(s[n]-'0')
			n++
		}
		if n == 0 || value > 255 || n > 1 && s[0] == '0' {
			return false
		}
		s = s[n:]
	}
	return len(s) == 0
}

// ipv6 is an address of RFC 4291, section 2.2, without a zone.
func ipv6(s []byte) bool {
	const groups = 8
	n, short := 0, false
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		short = true
		s = s[2:]
	}
	for len(s) > 0 {
		hex := 0
		for hex < len(s) && isHex(s[hex]) {
			hex++
		}
		if hex < len(s) && s[hex] == '.' {
			n += 2
			if !ipv4(s) {
				return false
			}
			break
		}
		n++
		if hex == 0 || hex > 4 || n > groups {
			return false
		}
		if s = s[hex:]; len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return false
		}
		if s = s[1:]; s[0] == ':' {
			if short {
				return false
			}
			short = true
			s = s[1:]
		}
	}
	if short {
		return n < groups
	}
	return n == groups
}

// uuid is UUID of RFC 4122, section 3, of any version and variant.
func uuid(s []byte) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	half := func(s []byte) uint64 { return uint64(binary.LittleEndian.Uint32(s)) }
	return hexWord(word(s)) && hexWord(half(s[9:])|half(s[14:])<<32) &&
		hexWord(half(s[19:])|half(s[32:])<<32) && hexWord(word(s[24:]))
}
