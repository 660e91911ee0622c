package format

// jsonPointer is json-pointer of RFC 6901, section 3, in its string form.
func jsonPointer(s []byte) bool {
	if len(s) > 0 && s[0] != '/' {
		return false
	}
	for i, c := range s {
		if c == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return true
}

// relativeJSONPointer is a number without leading zeros, and a JSON pointer
// or "#".
func relativeJSONPointer(s []byte) bool {
	n := number(s)
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	rest := s[n:]
	return len(rest) == 1 && rest[0] == '#' || jsonPointer(rest)
}
