package format

// dateTime is date-time of RFC 3339, section 5.6.
func dateTime(s []byte) bool {
	return usualDateTime(s) || len(s) > 10 && s[10]|0x20 == 't' && date(s[:10]) && timeOfDay(s[11:])
}

// The shapes of YYYY-MM- and HH:MM:SS.
var (
	dateShape = word([]byte("0000-00-"))
	dateMost  = word([]byte("\x09\x09\x09\x09\x00\x09\x09\x00"))
	timeShape = word([]byte("00:00:00"))
	timeMost  = word([]byte("\x09\x09\x00\x09\x09\x00\x09\x09"))
)

// usualDateTime reports whether s is a date-time such as most are: in UTC, before
// the 29th of a month, in no leap second.
func usualDateTime(s []byte) bool {
	last := len(s) - 1
	if last < 19 || s[last]|0x20 != 'z' || s[10]|0x20 != 't' || !shaped(word(s), dateShape, dateMost) || !shaped(word(s[11:]), timeShape, timeMost) {
		return false
	}
	const zeros = '0' * 11 & 0xFF // what two digits are more than their number
	month, day, hour := s[5]*10+s[6]-zeros, s[8]*10+s[9]-zeros, s[11]*10+s[12]-zeros
	if s[8]-'0' > 2 || s[9]-'0' > 9 || month-1 > 11 || day-1 > 27 || hour > 23 || s[14] > '5' || s[17] > '5' {
		return false
	}
	if last == 19 {
		return true
	}
	for _, c := range s[20:last] {
		if !isDigit(c) {
			return false
		}
	}
	return s[19] == '.' && last > 20
}

// date is full-date of RFC 3339, by the Gregorian calendar extended to all
// years of four digits.
func date(s []byte) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	day, ok := twoDigits(s[8:10])
	if !ok || !shaped(word(s), dateShape, dateMost) {
		return false
	}
	month := int(s[5]-'0')*10 + int(s[6]-'0')
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	if day <= 28 {
		return true
	}
	last := int("\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"[month-1])
	if month == 2 {
		century, years := int(s[0]-'0')*10+int(s[1]-'0'), int(s[2]-'0')*10+int(s[3]-'0')
		if years%4 == 0 && (years != 0 || century%4 == 0) {
			last = 29
		}
	}
	return day <= last
}

// timeOfDay is full-time of RFC 3339. Second 60 is a leap second, which may
// only be the last one of a day in UTC.
func timeOfDay(s []byte) bool {
	if len(s) < 9 || s[2] != ':' || s[5] != ':' {
		return false
	}
	if !shaped(word(s), timeShape, timeMost) {
		return false
	}
	hour := int(s[0]-'0')*10 + int(s[1]-'0')
	minute := int(s[3]-'0')*10 + int(s[4]-'0')
	second := int(s[6]-'0')*10 + int(s[7]-'0')
	if hour > 23 || minute > 59 || second > 60 {
		return false
	}
	s = s[8:]
	if s[0] == '.' {
		n := 1
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 1 {
			return false
		}
		s = s[n:]
	}
	offset, ok := utcOffset(s)
	if !ok || second < 60 {
		return ok
	}
	const day = 24 * 60
	return (hour*60+minute-offset+day)%day == day-1
}

// utcOffset reads time-offset, in minutes.
func utcOffset(s []byte) (minutes int, ok bool) {
	if len(s) == 1 {
		return 0, s[0]|0x20 == 'z'
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	hour, ok1 := twoDigits(s[1:3])
	minute, ok2 := twoDigits(s[4:6])
	minutes = hour*60 + minute
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, ok1 && ok2 && hour <= 23 && minute <= 59
}

func twoDigits(s []byte) (int, bool) {
	return int(s[0]-'0')*10 + int(s[1]-'0'), isDigit(s[0]) && isDigit(s[1])
}

// duration is duration of RFC 3339, appendix A: whole numbers, each with a
// unit, from one unit down to another without a gap, or weeks alone.
func duration(s []byte) bool {
	if len(s) < 3 || s[0] != 'P' {
		return false
	}
	s = s[1:]
	if s[0] != 'T' {
		if n := number(s); n == len(s)-1 && n > 0 && s[n] == 'W' {
			return true
		}
		var ok bool
		if s, ok = units(s, "YMD"); !ok || len(s) == 0 {
			return ok
		}
	}
	if s[0] != 'T' {
		return false
	}
	rest, ok := units(s[1:], "HMS")
	return ok && len(rest) == 0
}

// number returns the length of the digits that s begins with.
func number(s []byte) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// units reads one or more numbers with adjacent units and returns the rest.
func units(s []byte, names string) (rest []byte, ok bool) {
	for from := -1; ; ok = true {
		n := number(s)
		if n == 0 {
			return s, ok
		}
		if n == len(s) {
			return nil, false
		}
		at := 0
		for at < len(names) && names[at] != s[n] {
			at++
		}
		if at == len(names) || from >= 0 && at != from+1 {
			return nil, false
		}
		from, s = at, s[n+1:]
	}
}
