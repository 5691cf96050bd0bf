using Semel.ProtocolGenerator.Parse;

namespace Semel.Protocol.Tests.Schemas;

/// <summary>A schema that cannot be understood is refused with the file, the line, the reason and the remedy.</summary>
public class SchemaErrorTests
{
    const string Types = "type Offset int64\ntype NodeId int32 struct\n";
    const string Head = "api 0 Produce versions 3-13 flexible 9+\nrequest\n";

    [Fact]
    public void A_well_formed_schema_is_understood()
    {
        var set = Parse(Head + "  Topics [Topic]?5+ # a comment\n    Name string\n    At Offset @4+ =-1 ignorable\n  Leader NodeId @10+ tag 0\nresponse\n");
        var api = Assert.Single(set.Apis);
        var topics = api.Request.Body.Fields[0];
        Assert.Equal(("Topics", true, "5-13", "3-13"), (topics.Name, topics.IsArray, topics.NullableVersions.ToString(), topics.Versions.ToString()));
        var at = topics.Struct!.Fields[1];
        Assert.Equal(("Offset", "4-13", "-1", true), (at.Domain!.Name, at.Versions.ToString(), at.Default, at.IsIgnorable));
        Assert.Equal((0, "10-13"), (api.Request.Body.Fields[1].Tag, api.Request.Body.Fields[1].Versions.ToString()));
        Assert.Empty(api.Response.Body.Fields);
    }

    [Theory]
    [InlineData(3, "  Name", "has no type", "Write: Name Type")]
    [InlineData(3, "   Name string", "indentation of 3 spaces", "2 spaces a level")]
    [InlineData(3, "\tName string", "tab", "spaces")]
    [InlineData(3, "  Name Nothing", "'Nothing' is neither a domain type nor a struct", "Types.schema")]
    [InlineData(3, "  Name string sometimes", "'sometimes' says nothing", "@versions, tag N, =default and ignorable")]
    [InlineData(3, "  Name string tag", "'tag' says nothing", "tag N")]
    [InlineData(3, "  Name string tag x", "the tag 'x'", "tag 0")]
    [InlineData(3, "  Name string @x+", "'x+' is not a range", "3-12")]
    [InlineData(3, "  Name string @9-5", "'9-5' are none", "lower version first")]
    [InlineData(3, "  Name string @14+", "leave nothing to choose", "Leave out")]
    [InlineData(3, "  Name string @2+", "leave nothing to choose", "Leave out")]
    [InlineData(3, "  Name [string", "'[string' is not a type", "[Type]?3+")]
    [InlineData(3, "  Name {string}", "'{string}' is not a type", "Type?")]
    [InlineData(3, "  1st string", "'1st' cannot be a field's name", "a letter first")]
    [InlineData(3, "  At Offset?", "cannot be null on the wire", "remove the ?")]
    [InlineData(3, "  Name string =null", "the default is null", "Put a ? behind the type")]
    [InlineData(3, "  Data records?", "records whose default is not null", "records? =null")]
    [InlineData(3, "  Name string =x", "'x' cannot be the default", "no default but null")]
    [InlineData(3, "  Names [string] =1", "'1' cannot be the default", "no default but null")]
    [InlineData(3, "  Small int8 =300", "'300' cannot be the default of a int8", "decimal number")]
    [InlineData(3, "  Flag bool =1", "'1' cannot be the default of a bool", "true or false")]
    [InlineData(3, "  At Offset tag 0", "which is not flexible", "first flexible version (9)")]
    [InlineData(4, "  A int8 @9+ tag 0\n  B int8 @9+ tag 0", "the tag 0 is twice", "its own number")]
    [InlineData(4, "  A int8\n  A int16", "the field 'A' is twice", "Remove one")]
    [InlineData(4, "  a int8\n  A int16", "the field 'A' is twice", "Remove one")]
    [InlineData(3, "    A int8", "indented deeper", "one level below")]
    [InlineData(5, "  A [X]\n    B int8\n  C [X]\n    D int8", "the struct X is declared twice", "struct Name")]
    [InlineData(4, "  A [X]\n    B [X]", "the struct X contains itself", "its own name")]
    [InlineData(3, "  A [Offset]\n    B int8", "has the name of a domain type", "Rename the domain type")]
    [InlineData(5, "  struct X @5+\n    B int8\n  A [X]", "the struct X has the versions 5-13", "Widen")]
    public void A_field_that_is_wrong_names_its_line_the_reason_and_the_remedy(int line, string fields, string reason, string remedy) =>
        AssertError($"{Head}{fields}\nresponse\n", line, reason, remedy);

    [Theory]
    [InlineData(1, "", "nothing is declared", "api KEY Name")]
    [InlineData(1, "api 0 Produce\n", "is not the head of an api", "versions LOW-HIGH flexible FIRST+")]
    [InlineData(1, "api x Produce versions 1-2 flexible 1+\n", "is not the head of an api", "api NUMBER Name")]
    [InlineData(1, "api 0 Produce versions 3+ flexible 9+\n", "the versions '3+' have no end", "3-13")]
    [InlineData(1, "api 0 Produce versions 3-13 flexible 9-12\n", "the flexible versions '9-12' end", "9+")]
    [InlineData(1, "api 0 Produce versions 3-13 flexible 9+\nresponse\n", "is not a request and then a response", "'request'")]
    [InlineData(1, "api 0 Produce versions 3-13 flexible 9+\nresponse\nrequest\n", "is not a request and then a response", "'response'")]
    [InlineData(1, "api 0 Produce versions 3-13 flexible 9+\nrequest\nresponse\nmore\n", "is not a request and then a response", "one level deeper")]
    [InlineData(3, "record 0 A versions 0 flexible 0+\n  X int8\nrecord B\n", "is not the head of a record", "record NUMBER Name")]
    [InlineData(1, "record 0 A versions 0 flexible 0+\nrecord 0 B versions 0 flexible 0+\n", "the record type 0 is already that of A", "its own number")]
    [InlineData(1, "state 0\n", "is not the head of a state log's record", "state NUMBER Name")]
    [InlineData(1, "state 0 A\n  key versions 0 flexible none\n", "the record A is not a key and then a value", "'value ...'")]
    [InlineData(1, "state 0 A\n  value versions 0 flexible none\n  key versions 0 flexible none\n", "is not a key and then a value", "'key versions")]
    [InlineData(2, "state 0 A\n  key 0\n  value versions 0 flexible none\n", "is not the head of a key", "key versions LOW-HIGH")]
    [InlineData(3, "state 0 A\n  key versions 0 flexible none\n  value versions 1+ flexible none\n", "the versions '1+' have no end", "3-13")]
    [InlineData(4, "state 0 A\n  key versions 0 flexible none\n  value versions 0 flexible none\nstate\n", "is not the head of a state log's record", "state NUMBER Name")]
    [InlineData(1, "state 0 A\n  key versions 0 flexible none\n  value versions 0 flexible none\nstate 0 B\n  key versions 0 flexible none\n  value versions 0 flexible none\n", "the record type 0 is already that of A", "its own number")]
    [InlineData(1, "data A\n", "is not the head of data", "data Name versions")]
    public void A_file_that_is_wrong_names_its_line_the_reason_and_the_remedy(int line, string text, string reason, string remedy) => AssertError(text, line, reason, remedy);

    [Theory]
    [InlineData("type Offset", "is not a domain type")]
    [InlineData("type Offset int64 struct more", "is not a domain type")]
    [InlineData("type Offset int65", "the encoding 'int65' does not exist")]
    [InlineData("type Offset int64 class", "'class' is not a representation")]
    [InlineData("type int64 int32", "the type 'int64' is there already")]
    public void A_domain_type_that_is_wrong_is_refused(string line, string reason)
    {
        var error = Assert.Throws<SchemaException>(() => SchemaFolder.Parse(new Dictionary<string, string> { ["Types.schema"] = "\n" + line }));
        Assert.StartsWith("Types.schema:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_api_key_that_two_files_have_is_refused()
    {
        var texts = new Dictionary<string, string> { ["A.schema"] = Head + "response\n", ["B.schema"] = Head + "response\n" };
        var error = Assert.Throws<SchemaException>(() => SchemaFolder.Parse(texts));
        Assert.StartsWith("B.schema:1: the API key 0 is already that of Produce", error.Message, StringComparison.Ordinal);
    }

    static void AssertError(string text, int line, string reason, string remedy)
    {
        var error = Assert.Throws<SchemaException>(() => Parse(text));
        Assert.StartsWith($"Some.schema:{line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    static ProtocolGenerator.Model.SchemaSet Parse(string text) =>
        SchemaFolder.Parse(new Dictionary<string, string> { ["Types.schema"] = Types, ["Some.schema"] = text });
}
