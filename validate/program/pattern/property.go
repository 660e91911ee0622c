package pattern

import (
	"strings"
	"unicode"
)

// property returns the set of \p{name}, by the names that ECMA-262 allows and
// the tables of package unicode.
func property(pos int, name string) (set, *Error) {
	key, value, pair := strings.Cut(name, "=")
	var s set
	switch {
	case !pair:
		if s = category(key); s == nil {
			s = binaryProperty(key)
		}
	case key == "General_Category" || key == "gc":
		s = category(value)
	case key == "Script" || key == "sc":
		s = script(value)
	case key == "Script_Extensions" || key == "scx":
		return nil, refuse(pos, "the property Script_Extensions is not supported").mend(`write \p{Script=…}`)
	}
	if s == nil {
		return nil, refuse(pos, "no such Unicode property is known").
			mend(`write a general category such as \p{L}, or a script such as \p{Script=Greek}`)
	}
	return s, nil
}

// category returns a general category by its short or long name.
func category(name string) set {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	t, ok := unicode.Categories[name]
	switch {
	case !ok:
		return nil
	case name == "C":
		return union(fromTable(t), fromTable(unicode.Categories["Cn"]))
	default:
		return fromTable(t)
	}
}

// script returns a script by its short or long name.
func script(name string) set {
	if long, ok := scriptAliases[name]; ok {
		name = long
	}
	t, ok := unicode.Scripts[name]
	if !ok {
		return nil
	}
	return fromTable(t)
}

// binaryProperty returns a binary property by its short or long name.
func binaryProperty(name string) set {
	if long, ok := propertyAliases[name]; ok {
		name = long
	}
	p := func(name string) set { return fromTable(unicode.Properties[name]) }
	switch name {
	case "Any":
		return all
	case "ASCII":
		return set{0, 0x7f}
	case "Assigned":
		return fromTable(unicode.Categories["Cn"]).complement()
	case "Alphabetic":
		return union(category("L"), category("Nl"), p("Other_Alphabetic"))
	case "Lowercase":
		return union(category("Ll"), p("Other_Lowercase"))
	case "Uppercase":
		return union(category("Lu"), p("Other_Uppercase"))
	case "Math":
		return union(category("Sm"), p("Other_Math"))
	case "ID_Start":
		return identifiers()
	case "ID_Continue":
		return union(identifiers(), union(category("Mn"), category("Mc"), category("Nd"), category("Pc"), p("Other_ID_Continue")).
			minus(union(p("Pattern_Syntax"), p("Pattern_White_Space"))))
	}
	if !notNamed[name] {
		if t, ok := unicode.Properties[name]; ok {
			return fromTable(t)
		}
	}
	return nil
}

// identifiers returns ID_Start as UAX #31 derives it.
func identifiers() set {
	p := func(name string) set { return fromTable(unicode.Properties[name]) }
	return union(category("L"), category("Nl"), p("Other_ID_Start")).
		minus(union(p("Pattern_Syntax"), p("Pattern_White_Space")))
}

// notNamed are properties of package unicode that ECMA-262 does not allow to
// be named: most only serve to derive others.
var notNamed = map[string]bool{
	"Hyphen": true, "Other_Alphabetic": true, "Other_Default_Ignorable_Code_Point": true,
	"Other_Grapheme_Extend": true, "Other_ID_Continue": true, "Other_ID_Start": true,
	"Other_Lowercase": true, "Other_Math": true, "Other_Uppercase": true,
	"Prepended_Concatenation_Mark": true,
}

// propertyAliases are the short names of binary properties.
var propertyAliases = map[string]string{
	"AHex": "ASCII_Hex_Digit", "Alpha": "Alphabetic", "Bidi_C": "Bidi_Control", "Dep": "Deprecated",
	"Dia": "Diacritic", "Ext": "Extender", "Hex": "Hex_Digit", "IDSB": "IDS_Binary_Operator",
	"IDST": "IDS_Trinary_Operator", "IDC": "ID_Continue", "IDS": "ID_Start", "Ideo": "Ideographic",
	"Join_C": "Join_Control", "LOE": "Logical_Order_Exception", "Lower": "Lowercase",
	"NChar": "Noncharacter_Code_Point", "Pat_Syn": "Pattern_Syntax", "Pat_WS": "Pattern_White_Space",
	"QMark": "Quotation_Mark", "RI": "Regional_Indicator", "STerm": "Sentence_Terminal", "SD": "Soft_Dotted",
	"Term": "Terminal_Punctuation", "UIdeo": "Unified_Ideograph", "Upper": "Uppercase",
	"VS": "Variation_Selector", "space": "White_Space",
}
