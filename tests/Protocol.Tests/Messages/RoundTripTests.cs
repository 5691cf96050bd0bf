using Semel.ProtocolGenerator.Model;

namespace Semel.Protocol.Tests.Messages;

public class RoundTripTests
{
    const int Seeds = 10;

    public static TheoryData<string, short> Versions => MessageObject.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void What_is_written_is_read_again(string name, short version)
    {
        var schema = MessageObject.Schema(name);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var message = new RandomFiller(seed).Fill(schema, MessageObject.New(schema), version);
            var read = MessageBytes.Read(MessageObject.New(schema), MessageBytes.Write(message, version), version);
            MessageObject.AssertEqual(schema.Body, message, read, $"{name} v{version} seed {seed}");
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public void The_bytes_are_those_that_the_schema_says(string name, short version)
    {
        var schema = MessageObject.Schema(name);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var message = new RandomFiller(seed).Fill(schema, MessageObject.New(schema), version);
            Assert.Equal(new SchemaEncoder(schema, version).Encode(message), MessageBytes.Write(message, version));
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public void Reading_resets_what_the_version_lacks_to_its_default(string name, short version)
    {
        var schema = MessageObject.Schema(name);
        var expected = new CountingFiller().Fill(schema, MessageObject.New(schema), version);
        var used = MessageObject.New(schema);
        for (var other = schema.Versions.Low; other <= schema.Versions.High; other++) new RandomFiller(other).Fill(schema, used, other);
        MessageBytes.Read(used, MessageBytes.Write(expected, version), version);
        MessageObject.AssertEqual(schema.Body, expected, used, $"{name} v{version}");
    }

    [Theory, MemberData(nameof(Versions))]
    public void A_new_message_can_be_written_in_each_version(string name, short version)
    {
        var schema = MessageObject.Schema(name);
        var message = MessageObject.New(schema);
        var read = MessageBytes.Read(MessageObject.New(schema), MessageBytes.Write(message, version), version);
        MessageObject.AssertEqual(schema.Body, message, read, $"{name} v{version}");
    }

    [Theory]
    [InlineData("ProduceRequest", 2)]
    [InlineData("ProduceRequest", 14)]
    [InlineData("ApiVersionsRequest", -1)]
    [InlineData("ApiVersionsResponse", 6)]
    public void A_version_that_the_message_does_not_have_is_refused(string name, short version)
    {
        var schema = MessageObject.Schema(name);
        Assert.Throws<ArgumentOutOfRangeException>(() => MessageBytes.Write(MessageObject.New(schema), version));
        Assert.Throws<ArgumentOutOfRangeException>(() => MessageBytes.Read(MessageObject.New(schema), new byte[100], version));
    }
}
