using Semel.Protocol.Wire;
using Semel.ProtocolGenerator.Model;

namespace Semel.Protocol.Tests.Messages;

/// <summary>Whatever the bytes are, reading them ends with a message or with <see cref="WireFormatException"/>, and takes memory in proportion to the frame.</summary>
public class MalformedInputTests
{
    /// <summary>The dearest honest bytes are the elements of an array of empty structs: some three bytes on the wire, an object and its place in a list here.</summary>
    const int AllocatedPerByte = 64;

    /// <summary>Room for an exception and for the lists that were begun when it was thrown.</summary>
    const int AllocatedAtMostOnce = 64 * 1024;

    public static TheoryData<string, short> Versions => MessageObject.Versions;
    public static TheoryData<string, short> TellingVersions => MessageObject.TellingVersions;

    [Theory, MemberData(nameof(Versions))]
    public void A_message_cut_at_any_byte_is_malformed(string name, short version)
    {
        var (schema, bytes) = Sample(name, version);
        for (var length = 0; length < bytes.Length; length++)
            Assert.True(IsMalformed(schema, bytes.AsMemory(0, length), version), $"{name} v{version} cut after {length} of {bytes.Length} bytes");
    }

    [Theory, MemberData(nameof(TellingVersions))]
    public void A_huge_number_at_any_byte_costs_no_memory(string name, short version)
    {
        var (schema, bytes) = Sample(name, version);
        byte[][] lies = [[0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff, 0x07], [0xff, 0xff, 0xff, 0xff, 0x0f], [0x7f, 0xff], [0x80, 0, 0, 0]];
        foreach (var lie in lies)
            for (var at = 0; at + lie.Length <= bytes.Length; at++)
                IsMalformed(schema, (byte[])[.. bytes.AsSpan(0, at), .. lie, .. bytes.AsSpan(at + lie.Length)], version);
    }

    [Theory, MemberData(nameof(TellingVersions))]
    public void Random_damage_is_read_or_refused(string name, short version)
    {
        var (schema, bytes) = Sample(name, version);
        if (bytes.Length == 0) return;
        var random = new Random(version);
        for (var round = 0; round < 200; round++)
        {
            var damaged = bytes.ToArray();
            for (var left = random.Next(1, 4); left > 0; left--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            IsMalformed(schema, damaged, version);
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public void A_null_where_none_may_be_is_malformed(string name, short version) => AssertMalformed(name, version, Distortion.ForbiddenNull);

    [Theory, MemberData(nameof(Versions))]
    public void An_array_that_claims_more_elements_than_follow_is_malformed(string name, short version) => AssertMalformed(name, version, Distortion.TooManyElements);

    [Theory, MemberData(nameof(Versions))]
    public void A_known_tag_twice_is_malformed(string name, short version) => AssertMalformed(name, version, Distortion.KnownTagTwice);

    [Theory, MemberData(nameof(Versions))]
    public void Known_tags_in_descending_order_are_malformed(string name, short version) => AssertMalformed(name, version, Distortion.DescendingTags);

    [Theory, MemberData(nameof(Versions))]
    public void A_tagged_field_longer_than_its_contents_is_malformed(string name, short version) => AssertMalformed(name, version, Distortion.TagTooLong);

    [Theory, MemberData(nameof(Versions))]
    public void A_tagged_field_shorter_than_its_contents_is_malformed(string name, short version) => AssertMalformed(name, version, Distortion.TagTooShort);

    [Theory, MemberData(nameof(Versions))]
    public void An_unknown_tag_in_any_struct_is_passed_over(string name, short version) => AssertUnchanged(name, version, Distortion.UnknownTag);

    [Theory, MemberData(nameof(Versions))]
    public void An_unknown_tag_twice_in_any_struct_is_passed_over(string name, short version) => AssertUnchanged(name, version, Distortion.UnknownTagTwice);

    [Fact]
    public void Each_distortion_finds_its_place()
    {
        var schema = MessageObject.Schema("SampleRecord");
        var message = new CountingFiller().Fill(schema, MessageObject.New(schema), 4);
        foreach (var distortion in Enum.GetValues<Distortion>().Where(kind => kind != Distortion.None))
        {
            var encoder = new SchemaEncoder(schema, 4, distortion);
            encoder.Encode(message);
            Assert.True(encoder.HasDistorted, $"{distortion}");
        }
    }

    static void AssertMalformed(string name, short version, Distortion distortion)
    {
        foreach (var (schema, _, bytes, place) in Distorted(name, version, distortion))
            Assert.True(IsMalformed(schema, bytes, version), $"{name} v{version}: {distortion} at place {place}");
    }

    static void AssertUnchanged(string name, short version, Distortion distortion)
    {
        foreach (var (schema, message, bytes, place) in Distorted(name, version, distortion))
            MessageObject.AssertEqual(schema.Body, message, MessageBytes.Read(MessageObject.New(schema), bytes, version), $"{name} v{version} place {place}");
    }

    static IEnumerable<(MessageSchema Schema, IMessage Message, byte[] Bytes, int Place)> Distorted(string name, short version, Distortion distortion)
    {
        var schema = MessageObject.Schema(name);
        var message = new CountingFiller().Fill(schema, MessageObject.New(schema), version);
        for (var place = 0; ; place++)
        {
            var encoder = new SchemaEncoder(schema, version, distortion, place);
            var bytes = encoder.Encode(message);
            if (!encoder.HasDistorted) yield break;
            yield return (schema, message, bytes, place);
        }
    }

    static (MessageSchema Schema, byte[] Bytes) Sample(string name, short version)
    {
        var schema = MessageObject.Schema(name);
        return (schema, MessageBytes.Write(new CountingFiller().Fill(schema, MessageObject.New(schema), version), version));
    }

    /// <summary>Reads, and asserts that nothing but <see cref="WireFormatException"/> comes out and that no memory was taken on the word of the bytes alone.</summary>
    static bool IsMalformed(MessageSchema schema, ReadOnlyMemory<byte> bytes, short version)
    {
        var message = MessageObject.New(schema);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var malformed = false;
        try
        {
            var reader = new WireReader(bytes);
            message.Read(ref reader, version);
        }
        catch (WireFormatException)
        {
            malformed = true;
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedAtMostOnce + AllocatedPerByte * bytes.Length);
        return malformed;
    }
}
