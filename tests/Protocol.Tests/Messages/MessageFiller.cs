using System.Collections;
using Semel.ProtocolGenerator.Model;

namespace Semel.Protocol.Tests.Messages;

/// <summary>Gives every field that a version has a value. Fields that it lacks keep their default.</summary>
abstract class MessageFiller
{
    public T Fill<T>(MessageSchema message, T target, int version) where T : notnull
    {
        Fill(message, message.Body, target, version);
        return target;
    }

    void Fill(MessageSchema message, StructSchema schema, object target, int version)
    {
        foreach (var field in schema.Fields.Where(field => field.Versions.Contains(version)))
            MessageObject.Set(target, field, Value(message, field, target, version));
    }

    object? Value(MessageSchema message, FieldSchema field, object target, int version)
    {
        if (field.NullableVersions.Contains(version) && IsNull()) return null;
        if (!field.IsArray) return Element(message, field, version);
        IList list = MessageObject.NewList(target, field);
        for (var left = Count(); left > 0; left--) list.Add(Element(message, field, version));
        return list;
    }

    object Element(MessageSchema message, FieldSchema field, int version)
    {
        if (field.Struct is null) return MessageObject.Wrap(field.Domain!, Raw(field.Domain!.Encoding));
        var nested = Activator.CreateInstance(MessageObject.Type(message, field.Struct))!;
        Fill(message, field.Struct, nested, version);
        return nested;
    }

    /// <summary>Whether the next value that may be null is.</summary>
    protected abstract bool IsNull();

    /// <summary>How many elements the next array has.</summary>
    protected abstract int Count();

    /// <summary>The next value of an encoding.</summary>
    protected abstract object Raw(Encoding encoding);
}

/// <summary>
/// The values of the golden bytes: a number counts up by one with each value and with each question whether a value is null, in the order of the schema's lines.
/// Every fourth that may be null is. Arrays have two elements. The program that asked Kafka's definitions for the bytes counted in the same way.
/// </summary>
sealed class CountingFiller : MessageFiller
{
    int _number;

    protected override bool IsNull() => ++_number % 4 == 0;
    protected override int Count() => 2;

    protected override object Raw(Encoding encoding)
    {
        var number = ++_number;
        return encoding switch
        {
            Encoding.Bool => number % 2 == 1,
            Encoding.Int8 => (sbyte)(number % 128),
            Encoding.Int16 => (short)number,
            Encoding.UInt16 => (ushort)number,
            Encoding.Int32 => number * 65537,
            Encoding.UInt32 => (uint)number * 65537,
            Encoding.Int64 => number * 4294967297L,
            Encoding.Float64 => number / 2d,
            Encoding.Uuid => new Guid([.. Enumerable.Range(number, 16).Select(value => (byte)value)], bigEndian: true),
            Encoding.String => $"s{number}",
            _ => new ReadOnlyMemory<byte>([(byte)number, (byte)(number + 1), (byte)(number + 2)]),
        };
    }
}

/// <summary>Values from a seed, the extremes and the defaults among them.</summary>
sealed class RandomFiller(int seed) : MessageFiller
{
    readonly Random _random = new(seed);

    protected override bool IsNull() => _random.Next(4) == 0;
    protected override int Count() => _random.Next(5) == 0 ? 0 : _random.Next(1, 4);

    protected override object Raw(Encoding encoding) => encoding switch
    {
        Encoding.Bool => _random.Next(2) == 0,
        Encoding.Int8 => (sbyte)Number(),
        Encoding.Int16 => (short)Number(),
        Encoding.UInt16 => (ushort)Number(),
        Encoding.Int32 => (int)Number(),
        Encoding.UInt32 => (uint)Number(),
        Encoding.Int64 => Number(),
        Encoding.Float64 => _random.NextDouble() * Number(),
        Encoding.Uuid => _random.Next(4) == 0 ? Guid.Empty : new Guid(Bytes(16)),
        Encoding.String => Text(),
        _ => new ReadOnlyMemory<byte>(Bytes(_random.Next(10) == 0 ? _random.Next(8000, 9000) : _random.Next(20))),
    };

    long Number() => _random.Next(6) switch
    {
        0 => 0,
        1 => -1,
        2 => long.MaxValue,
        3 => long.MinValue,
        _ => _random.NextInt64(),
    };

    string Text() => string.Concat(Enumerable.Repeat("aß€𝄞"[..(_random.Next(3) == 0 ? 0 : 3)] + (char)_random.Next(1, 0x80), _random.Next(10) == 0 ? 60 : _random.Next(4)));

    byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
