package jsonscan

// maxSmallInt is the count of digits that always fit an int64.
const maxSmallInt = 18

// number reads the number that must stand at i and returns the offset behind
// it. digits and exponent are limits.
func number(doc []byte, i, digits, exponent int) (int, Flags, *Error) {
	start := i
	if doc[i] == '-' {
		i++
		if i >= len(doc) {
			return 0, 0, &Error{Syntax, i, msgEnd}
		}
	}
	first := i
	switch c := doc[i]; {
	case c == '0':
		i++
		if i < len(doc) && doc[i]-'0' <= 9 {
			return 0, 0, &Error{Syntax, i, msgZero}
		}
	case c-'1' <= 8:
		for i++; i < len(doc) && doc[i]-'0' <= 9; i++ {
		}
	default:
		return 0, 0, notNumber(doc, start, i)
	}
	count := i - first
	if i >= len(doc) || doc[i] != '.' && doc[i]|0x20 != 'e' {
		if count > maxSmallInt {
			if count > digits {
				return 0, 0, &Error{Limit, start, msgLimitDigits}
			}
			return i, 0, nil
		}
		if count > digits {
			return 0, 0, &Error{Limit, start, msgLimitDigits}
		}
		return i, SmallInt, nil
	}
	var flags Flags
	if doc[i] == '.' {
		flags |= Fraction
		i++
		first = i
		for i < len(doc) && doc[i]-'0' <= 9 {
			i++
		}
		if i == first {
			return 0, 0, digitMissing(doc, i)
		}
		count += i - first
	}
	if count > digits {
		return 0, 0, &Error{Limit, start, msgLimitDigits}
	}
	if i < len(doc) && doc[i]|0x20 == 'e' {
		flags |= Exponent
		i++
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		first = i
		value := 0
		for i < len(doc) && doc[i]-'0' <= 9 {
			if value = value*10 + int(doc[i]-'0'); value > exponent {
				return 0, 0, &Error{Limit, start, msgLimitExponent}
			}
			i++
		}
		if i == first {
			return 0, 0, digitMissing(doc, i)
		}
	}
	return i, flags, nil
}

func digitMissing(doc []byte, i int) *Error {
	if i >= len(doc) {
		return &Error{Syntax, i, msgEnd}
	}
	return &Error{Syntax, i, msgNumber}
}

// notNumber explains a byte that starts no value, or a sign without digits.
func notNumber(doc []byte, start, i int) *Error {
	switch {
	case i > start:
		return &Error{Syntax, i, msgNumber}
	case start == 0 && len(doc) >= 3 && string(doc[:3]) == "\xEF\xBB\xBF":
		return &Error{Syntax, 0, msgBOM}
	case start == 0 && len(doc) >= 2 && (string(doc[:2]) == "\xFF\xFE" || string(doc[:2]) == "\xFE\xFF"):
		return &Error{Syntax, 0, msgUTF16}
	}
	return &Error{Syntax, i, msgValue}
}
