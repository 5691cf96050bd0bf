using Semel.Client.Configuration;

namespace Semel.Client.Tests.Configuration;

/// <summary>Java's rules of a properties file.</summary>
public class PropertiesTextTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("  a = b ", "a", "b ")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b c", "a", "b c")]
    [InlineData("a\t:\tb", "a", "b")]
    [InlineData("a = = b", "a", "= b")]
    [InlineData("a==b", "a", "=b")]
    [InlineData("a", "a", "")]
    [InlineData("a=", "a", "")]
    [InlineData("a=b#c", "a", "b#c")]
    [InlineData("a\\=b\\:c\\ d=e", "a=b:c d", "e")]
    [InlineData("a=\\t\\n\\r\\f\\\\\\q\\u0041\\u00e9", "a", "\t\n\r\f\\qA\u00e9")]
    [InlineData("a=b\\\n   c", "a", "bc")]
    [InlineData("a=b\\\r\n   c\\\r\n\td", "a", "bcd")]
    [InlineData("a=b\\\\\n#", "a", "b\\")]
    [InlineData("a=b\\", "a", "b")]
    [InlineData("# no\n! nor this\n\n \t\f\na=b", "a", "b")]
    [InlineData("# no \\\na=b", "a", "b")]
    [InlineData("\\#a=b", "#a", "b")]
    public void One_property(string text, string key, string value)
    {
        var property = Assert.Single(PropertiesText.Parse(text));
        Assert.Equal((key, value), (property.Key, property.Value));
    }

    [Fact]
    public void A_property_knows_the_line_it_begins_in()
    {
        var properties = PropertiesText.Parse("a=1\r\n\r\n# c\rb=2\\\n  2\nc=3");
        Assert.Equal([new("a", "1", 1), new("b", "22", 4), new Property("c", "3", 6)], properties);
    }

    [Theory]
    [InlineData("a=1\nb=C:\\users", "line 2: '\\users'")]
    [InlineData("a=\\u00", "line 1: '\\u00'")]
    public void An_escape_that_is_none_names_its_line(string text, string words) => Assert.Contains(words, Assert.Throws<FormatException>(() => PropertiesText.Parse(text)).Message);
}
