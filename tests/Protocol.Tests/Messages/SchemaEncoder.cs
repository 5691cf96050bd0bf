using System.Buffers.Binary;
using System.Collections;
using Semel.ProtocolGenerator.Model;
using UTF8 = System.Text.Encoding;

namespace Semel.Protocol.Tests.Messages;

/// <summary>What the encoder does wrong, at one place of the message.</summary>
enum Distortion
{
    None,
    /// <summary>A null where the version allows none.</summary>
    ForbiddenNull,
    /// <summary>An array that says it has many more elements than follow.</summary>
    TooManyElements,
    /// <summary>An unknown tag behind the known ones: no fault, newer programs send them.</summary>
    UnknownTag,
    /// <summary>The same unknown tag twice, before and behind the known ones: Kafka lets it pass.</summary>
    UnknownTagTwice,
    KnownTagTwice,
    DescendingTags,
    /// <summary>A tagged field that says it has a byte more than its contents, and has.</summary>
    TagTooLong,
    /// <summary>A tagged field that says it has a byte less than its contents, and has.</summary>
    TagTooShort,
}

/// <summary>
/// Encodes a message by its schema, field by field and without regard for speed: what the generated code is held against. It can do one thing wrong, at the n-th place
/// where that can be done.
/// </summary>
sealed class SchemaEncoder(MessageSchema message, int version, Distortion distortion = Distortion.None, int place = 0)
{
    int _placesLeft = place;

    /// <summary>Whether the message had that many places for the distortion.</summary>
    public bool HasDistorted { get; private set; }

    public byte[] Encode(object value) => Struct(message.Body, value);

    bool DistortHere(Distortion kind)
    {
        if (kind != distortion || _placesLeft-- != 0) return false;
        return HasDistorted = true;
    }

    byte[] Struct(StructSchema schema, object value)
    {
        var bytes = new List<byte>();
        foreach (var field in schema.UntaggedFields.Where(field => field.Versions.Contains(version))) bytes.AddRange(Field(field, MessageObject.Get(value, field)));
        if (message.IsFlexible(version)) bytes.AddRange(TaggedFields(schema, value));
        return [.. bytes];
    }

    List<byte> TaggedFields(StructSchema schema, object value)
    {
        var plain = Activator.CreateInstance(value.GetType())!;
        var tags = new List<(int Tag, byte[] Contents)>();
        foreach (var field in schema.TaggedFields.Where(field => field.Versions.Contains(version)))
        {
            var contents = Field(field, MessageObject.Get(value, field));
            var byDefault = new SchemaEncoder(message, version).Field(field, MessageObject.Get(plain, field));
            if (!contents.AsSpan().SequenceEqual(byDefault)) tags.Add((field.Tag!.Value, contents));
        }
        Distort(tags);
        List<byte> bytes = [.. Varint((uint)tags.Count)];
        foreach (var (tag, contents) in tags) bytes.AddRange([.. Varint((uint)tag), .. Varint((uint)contents.Length), .. contents]);
        return bytes;
    }

    void Distort(List<(int Tag, byte[] Contents)> tags)
    {
        if (DistortHere(Distortion.UnknownTag)) tags.Add((999, [1, 2, 3]));
        if (DistortHere(Distortion.UnknownTagTwice))
        {
            tags.Insert(0, (999, []));
            tags.Add((999, [1, 2, 3]));
        }
        if (tags.Count > 1 && DistortHere(Distortion.DescendingTags)) tags.Reverse();
        if (tags.Count == 0) return;
        if (DistortHere(Distortion.KnownTagTwice)) tags.Add(tags[^1]);
        if (DistortHere(Distortion.TagTooLong)) tags[0] = (tags[0].Tag, [.. tags[0].Contents, 0]);
        if (DistortHere(Distortion.TagTooShort)) tags[0] = (tags[0].Tag, tags[0].Contents[..^1]);
    }

    byte[] Field(FieldSchema field, object? value)
    {
        var nullable = field.NullableVersions.Contains(version);
        if (field.IsArray) return Array(field, (IList?)value, nullable);
        if (field.Struct is not null)
            return nullable ? value is null ? [field.Tag is null ? (byte)0xff : (byte)0] : [1, .. Struct(field.Struct, value)] : Struct(field.Struct, value!);
        return Domain(field.Domain!, value, nullable);
    }

    byte[] Array(FieldSchema field, IList? list, bool nullable)
    {
        if (list is null || (!nullable && DistortHere(Distortion.ForbiddenNull))) return Length(-1, wide: true);
        var claimed = list.Count + (DistortHere(Distortion.TooManyElements) ? 1_000_000_000 : 0);
        List<byte> bytes = [.. Length(claimed, wide: true)];
        foreach (var element in list)
            bytes.AddRange(field.Struct is null ? Domain(field.Domain!, element, nullable: false) : Struct(field.Struct, element!));
        return [.. bytes];
    }

    byte[] Domain(DomainType domain, object? value, bool nullable)
    {
        var raw = MessageObject.Unwrap(domain, value);
        if (domain.HasLength && (raw is null || (!nullable && DistortHere(Distortion.ForbiddenNull)))) return Length(-1, domain.IsBytes);
        switch (raw)
        {
            case bool truth: return [truth ? (byte)1 : (byte)0];
            case sbyte number: return [(byte)number];
            case short number: return Fixed(2, bytes => BinaryPrimitives.WriteInt16BigEndian(bytes, number));
            case ushort number: return Fixed(2, bytes => BinaryPrimitives.WriteUInt16BigEndian(bytes, number));
            case int number: return Fixed(4, bytes => BinaryPrimitives.WriteInt32BigEndian(bytes, number));
            case uint number: return Fixed(4, bytes => BinaryPrimitives.WriteUInt32BigEndian(bytes, number));
            case long number: return Fixed(8, bytes => BinaryPrimitives.WriteInt64BigEndian(bytes, number));
            case double number: return Fixed(8, bytes => BinaryPrimitives.WriteDoubleBigEndian(bytes, number));
            case Guid id: return id.ToByteArray(bigEndian: true);
            case string text: return [.. Length(UTF8.UTF8.GetByteCount(text), wide: false), .. UTF8.UTF8.GetBytes(text)];
            case ReadOnlyMemory<byte> memory: return [.. Length(memory.Length, wide: true), .. memory.Span];
            default: throw new InvalidOperationException($"no encoding of {raw}");
        }
    }

    byte[] Length(int length, bool wide)
    {
        if (message.IsFlexible(version)) return Varint((uint)(length + 1));
        return wide ? Fixed(4, bytes => BinaryPrimitives.WriteInt32BigEndian(bytes, length)) : Fixed(2, bytes => BinaryPrimitives.WriteInt16BigEndian(bytes, (short)length));
    }

    static byte[] Fixed(int count, Action<byte[]> write)
    {
        var bytes = new byte[count];
        write(bytes);
        return bytes;
    }

    static byte[] Varint(uint value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
