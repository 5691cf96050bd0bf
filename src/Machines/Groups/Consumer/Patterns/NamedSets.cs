using System.Globalization;

namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>The sets of characters that RE2 knows by name: [:alpha:] and its like, and Unicode's categories and scripts.</summary>
static class NamedSets
{
    static readonly Dictionary<string, AsciiSet> Posix = new(StringComparer.Ordinal)
    {
        ["alnum"] = AsciiSet.Letters | AsciiSet.Digits,
        ["alpha"] = AsciiSet.Letters,
        ["ascii"] = AsciiSet.All,
        ["blank"] = AsciiSet.Of("\t "),
        ["cntrl"] = AsciiSet.Range(0, 31) | AsciiSet.Range(127, 127),
        ["digit"] = AsciiSet.Digits,
        ["graph"] = AsciiSet.Range('!', '~'),
        ["lower"] = AsciiSet.Lower,
        ["print"] = AsciiSet.Range(' ', '~'),
        ["punct"] = AsciiSet.Range('!', '/') | AsciiSet.Range(':', '@') | AsciiSet.Range('[', '`') | AsciiSet.Range('{', '~'),
        ["space"] = AsciiSet.Of("\t\n\v\f\r "),
        ["upper"] = AsciiSet.Upper,
        ["word"] = AsciiSet.Word,
        ["xdigit"] = AsciiSet.Digits | AsciiSet.Range('A', 'F') | AsciiSet.Range('a', 'f'),
    };

    static readonly Dictionary<string, UnicodeCategory> Categories = new(StringComparer.Ordinal)
    {
        ["Cc"] = UnicodeCategory.Control, ["Cf"] = UnicodeCategory.Format, ["Co"] = UnicodeCategory.PrivateUse, ["Cs"] = UnicodeCategory.Surrogate,
        ["Ll"] = UnicodeCategory.LowercaseLetter, ["Lm"] = UnicodeCategory.ModifierLetter, ["Lo"] = UnicodeCategory.OtherLetter,
        ["Lt"] = UnicodeCategory.TitlecaseLetter, ["Lu"] = UnicodeCategory.UppercaseLetter,
        ["Mc"] = UnicodeCategory.SpacingCombiningMark, ["Me"] = UnicodeCategory.EnclosingMark, ["Mn"] = UnicodeCategory.NonSpacingMark,
        ["Nd"] = UnicodeCategory.DecimalDigitNumber, ["Nl"] = UnicodeCategory.LetterNumber, ["No"] = UnicodeCategory.OtherNumber,
        ["Pc"] = UnicodeCategory.ConnectorPunctuation, ["Pd"] = UnicodeCategory.DashPunctuation, ["Pe"] = UnicodeCategory.ClosePunctuation,
        ["Pf"] = UnicodeCategory.FinalQuotePunctuation, ["Pi"] = UnicodeCategory.InitialQuotePunctuation, ["Po"] = UnicodeCategory.OtherPunctuation,
        ["Ps"] = UnicodeCategory.OpenPunctuation,
        ["Sc"] = UnicodeCategory.CurrencySymbol, ["Sk"] = UnicodeCategory.ModifierSymbol, ["Sm"] = UnicodeCategory.MathSymbol, ["So"] = UnicodeCategory.OtherSymbol,
        ["Zl"] = UnicodeCategory.LineSeparator, ["Zp"] = UnicodeCategory.ParagraphSeparator, ["Zs"] = UnicodeCategory.SpaceSeparator,
    };

    /// <summary>Those without a single ASCII character.</summary>
    static readonly HashSet<string> OtherScripts = new(
        ("Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese " +
         "Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret " +
         "Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati " +
         "Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi " +
         "Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Lepcha Limbu " +
         "Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek " +
         "Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nandinagari New_Tai_Lue Newa Nko Nushu " +
         "Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian " +
         "Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan " +
         "Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le " +
         "Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Unknown Vai Vithkuqi Wancho " +
         "Warang_Citi Yezidi Yi Zanabazar_Square").Split(' '), StringComparer.Ordinal);

    /// <summary>By the name between the colons of [[:alpha:]].</summary>
    public static bool TryFindPosix(string name, out AsciiSet set) => Posix.TryGetValue(name, out set);

    /// <summary>By the name in \p{Lu}.</summary>
    public static bool TryFindUnicode(string name, out AsciiSet set)
    {
        set = AsciiSet.None;
        switch (name)
        {
            case "Any":
                set = AsciiSet.All;
                return true;
            case "Latin":
                set = AsciiSet.Letters;
                return true;
            case "Common":
                set = ~AsciiSet.Letters;
                return true;
        }
        if (name.Length == 1)
        {
            var those = Categories.Where(category => category.Key[0] == name[0]).Select(category => category.Value).ToHashSet();
            set = AsciiSet.Where(those.Contains);
            return those.Count > 0;
        }
        if (!Categories.TryGetValue(name, out var one)) return OtherScripts.Contains(name);
        set = AsciiSet.Where(category => category == one);
        return true;
    }
}
