package grouping

// monthAt returns the end of an English month name, short or long, at i; 0 when there is none.
func monthAt(s string, i int) int {
	j := run(s, i, clsLetter)
	if j-i < 3 || j-i > 9 || !isUpper(s[i]) {
		return 0
	}
	switch s[i : i+3] {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
	default:
		return 0
	}
	switch s[i:j] {
	case "Jan", "January", "Feb", "February", "Mar", "March", "Apr", "April", "May", "Jun", "June", "Jul", "July",
		"Aug", "August", "Sep", "Sept", "September", "Oct", "October", "Nov", "November", "Dec", "December":
		return j
	}
	return 0
}

// dayAt returns the end of an English weekday name at i; 0 when there is none.
func dayAt(s string, i int) int {
	j := run(s, i, clsLetter)
	switch s[i:j] {
	case "Mon", "Monday", "Tue", "Tues", "Tuesday", "Wed", "Wednesday", "Thu", "Thur", "Thurs", "Thursday", "Fri", "Friday", "Sat", "Saturday", "Sun", "Sunday":
		return j
	}
	return 0
}

// clockAt returns the end of "15:04", "15:04:05.000", "3:04 PM" at i; 0 when there is none.
func clockAt(s string, i int) int {
	j := run(s, i, clsDigit)
	if j == i || j-i > 2 || !twoDigits(s, j, ':') {
		return 0
	}
	if j-i == 2 && (s[i] > '2' || s[i] == '2' && s[i+1] > '3') || s[j+1] > '5' {
		return 0
	}
	j += 3
	if twoDigits(s, j, ':') && s[j+1] <= '6' {
		j += 3
		if j+1 < len(s) && (s[j] == '.' || s[j] == ',') && isDigit(s[j+1]) {
			j = run(s, j+1, clsDigit)
		}
	}
	return meridiem(s, j)
}

// twoDigits tells whether sep and exactly two digits stand at i.
func twoDigits(s string, i int, sep byte) bool {
	return i+2 < len(s) && s[i] == sep && isDigit(s[i+1]) && isDigit(s[i+2]) && (i+3 == len(s) || !isDigit(s[i+3]))
}

func meridiem(s string, j int) int {
	k := j
	if k < len(s) && s[k] == ' ' {
		k++
	}
	if k+1 < len(s) && (s[k]|0x20 == 'a' || s[k]|0x20 == 'p') && s[k+1]|0x20 == 'm' && (k+2 == len(s) || !isWord(s[k+2])) {
		return k + 2
	}
	return j
}

// zoneEnd skips time zones and offsets: " UTC", "Z", "+01:00", " GMT-0800".
func zoneEnd(s string, j int) int {
	for range 4 {
		k := j
		if k < len(s) && s[k] == ' ' {
			k++
		}
		end := zoneName(s, k)
		if end == 0 && k+2 < len(s) && (s[k] == '+' || s[k] == '-') && (k == j || j > 0) {
			if d := run(s, k+1, clsDigit); d-k == 5 {
				end = d
			} else if d-k == 3 && twoDigits(s, d, ':') {
				end = d + 3
			}
		}
		if end == 0 {
			break
		}
		j = end
	}
	return j
}

func zoneName(s string, k int) int {
	e := run(s, k, clsLetter)
	switch s[k:e] {
	case "Z", "UTC", "GMT", "UT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "CET", "CEST", "BST", "JST", "IST":
		if e == len(s) || !isWord(s[e]) || isDigit(s[e]) && s[k:e] == "Z" {
			return e
		}
	}
	return 0
}

// timeAfter returns the end of a separator, a clock time and zones at j, else j.
func timeAfter(s string, j int) int {
	k := j
	for k < len(s) && k-j < 3 && (s[k] == ' ' || s[k] == ',' || s[k] == ':' || s[k] == 'T' || s[k] == 't' || s[k] == '_') {
		k++
	}
	if k == j {
		return j
	}
	if end := clockAt(s, k); end > 0 {
		end = zoneEnd(s, end)
		if twoDigits(s, end+2, ':') && isDigit(s[end]) && isDigit(s[end+1]) { // Go's layout: Z07:00
			end += 5
		}
		return end
	}
	if j+6 < len(s) && k == j+1 && run(s, k, clsDigit)-k == 6 {
		end := k + 6
		if end+1 < len(s) && (s[end] == '.' || s[end] == ',') && isDigit(s[end+1]) {
			end = run(s, end+1, clsDigit)
		}
		return zoneEnd(s, end)
	}
	return j
}

// dateAt returns the end of a date or time that starts with digits s[i:d]; 0 when there is none.
func dateAt(s string, i, d int, prev byte) int {
	n := d - i
	if d == len(s) {
		return 0
	}
	switch {
	case n == 4 && (s[d] == '-' || s[d] == '/' || s[d] == '.'):
		return ymd(s, d)
	case n == 8 && (s[d] == ' ' || s[d] == 'T' || s[d] == '_') && plausibleDay(s[i:d]):
		if end := timeAfter(s, d); end > d && (end == len(s) || !isDigit(s[end])) {
			return end
		}
	case n <= 2 && s[d] == '/':
		return slashed(s, d)
	case n <= 2 && (s[d] == ' ' || s[d] == '-' || s[d] == '/'):
		return dayMonth(s, d)
	case n <= 2 && s[d] == ':' && prev != ':' && prev != '.':
		if end := clockAt(s, i); end > 0 && (end == len(s) || s[end] != ':' && !isDigit(s[end])) {
			return zoneEnd(s, end)
		}
	case n <= 2 && s[d] == '.':
		return dotted(s, d)
	}
	return 0
}

// plausibleDay tells whether eight digits can be yyyymmdd.
func plausibleDay(s string) bool {
	return (s[0] == '1' || s[0] == '2') && s[4] <= '1' && s[6] <= '3'
}

// ymd matches the rest of "2006-01-02" after the year, with a time.
func ymd(s string, d int) int {
	sep := s[d]
	m := run(s, d+1, clsDigit)
	if m == d+1 || m-d > 3 || m == len(s) || s[m] != sep {
		return 0
	}
	end := run(s, m+1, clsDigit)
	if end == m+1 || end-m > 3 {
		return 0
	}
	if sep == '.' && end < len(s) && (s[end] == '.' || isWord(s[end])) {
		return 0
	}
	j := timeAfter(s, end)
	if j < len(s) && isDigit(s[j]) {
		return 0
	}
	return j
}

// slashed matches the rest of "2/1/2006" or "02/Jan/2006" after the first number.
func slashed(s string, d int) int {
	m := run(s, d+1, clsDigit)
	if m == d+1 {
		if m = monthAt(s, d+1); m == 0 {
			return 0
		}
	} else if m-d > 3 {
		return 0
	}
	if m == len(s) || s[m] != '/' {
		return 0
	}
	end := run(s, m+1, clsDigit)
	if y := end - m - 1; y != 2 && y != 4 {
		return 0
	}
	return timeAfter(s, end)
}

// dotted matches the rest of "02.01.2006" after the day.
func dotted(s string, d int) int {
	if !twoDigits(s, d, '.') || d+3 >= len(s) || s[d+3] != '.' {
		return 0
	}
	end := run(s, d+4, clsDigit)
	if end-d-4 != 4 || end < len(s) && (s[end] == '.' || isWord(s[end])) || s[d+4] != '1' && s[d+4] != '2' || s[d+1] > '1' {
		return 0
	}
	return timeAfter(s, end)
}

// dayMonth matches the rest of "02 Jan 2006" or "02-Jan-06" after the day.
func dayMonth(s string, d int) int {
	m := monthAt(s, d+1)
	if m == 0 || m == len(s) || s[m] != ' ' && s[m] != '-' {
		return 0
	}
	end := run(s, m+1, clsDigit)
	if y := end - m - 1; y < 2 || y > 4 {
		return 0
	}
	return timeAfter(s, end)
}

// namedDate returns the end of a date that starts with a weekday or a month name at i.
func namedDate(s string, i int) int {
	j := i
	if day := dayAt(s, i); day > 0 {
		k := day
		for k < len(s) && k-day < 3 && (s[k] == ',' || s[k] == ' ') {
			k++
		}
		if k == day || k == len(s) {
			return 0
		}
		if isDigit(s[k]) {
			d := run(s, k, clsDigit)
			if d == len(s) || d-k > 2 {
				return 0
			}
			return dayMonth(s, d)
		}
		j = k
	}
	m := monthAt(s, j)
	if m == 0 {
		return 0
	}
	return monthDay(s, m)
}

// monthDay matches the rest of "Jan 2, 2006 15:04:05 MST (Name)" after the month.
func monthDay(s string, m int) int {
	k := m
	for k < len(s) && k-m < 3 && s[k] == ' ' {
		k++
	}
	d := run(s, k, clsDigit)
	if k == m || d == k || d-k > 2 {
		return 0
	}
	end := year(s, d)
	end = timeAfter(s, end)
	end = zoneEnd(s, end)
	end = year(s, end)
	if end+1 < len(s) && s[end] == ' ' && s[end+1] == '(' {
		for k := end + 2; k < len(s) && k < end+48; k++ {
			if s[k] == ')' {
				end = k + 1
				break
			}
		}
	}
	if end < len(s) && isWord(s[end]) {
		return 0
	}
	return end
}

// year skips ", 2006" or " 2006" at j.
func year(s string, j int) int {
	k := j
	for k < len(s) && k-j < 2 && (s[k] == ',' || s[k] == ' ') {
		k++
	}
	if e := run(s, k, clsDigit); k > j && e-k == 4 && (e == len(s) || !isWord(s[e]) && (s[e] != ':' || e+1 == len(s) || !isDigit(s[e+1]))) {
		return e
	}
	return j
}
