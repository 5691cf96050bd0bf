using System.Collections;
using System.Reflection;
using Semel.Protocol.Tests.Schemas;
using Semel.Protocol.Wire;
using Semel.ProtocolGenerator.Model;

namespace Semel.Protocol.Tests.Messages;

/// <summary>The generated class of a schema, reached by the schema's names: so a test can walk every message without naming its fields.</summary>
static class MessageObject
{
    public static readonly IReadOnlyList<MessageSchema> All =
    [
        .. Repository.Schemas.Apis.SelectMany(api => new[] { api.Request, api.Response }),
        .. Repository.Schemas.Records.Select(record => record.Message),
        .. Repository.Schemas.States.SelectMany(state => new[] { state.Key, state.Value }),
        .. Repository.Schemas.Data.Select(data => data.Message),
        .. Repository.Sample.Records.Select(record => record.Message),
    ];

    /// <summary>Every message in every version, for a theory.</summary>
    public static TheoryData<string, short> Versions => Rows(message => Enumerable.Range(message.Versions.Low, message.Versions.High - message.Versions.Low + 1));

    /// <summary>Every message in its oldest, its first flexible and its newest version: for what costs too much time in all of them.</summary>
    public static TheoryData<string, short> TellingVersions => Rows(message => new[] { message.Versions.Low, message.FirstFlexibleVersion ?? message.Versions.Low, message.Versions.High }.Distinct());

    static TheoryData<string, short> Rows(Func<MessageSchema, IEnumerable<int>> versions)
    {
        var data = new TheoryData<string, short>();
        foreach (var message in All)
            foreach (var version in versions(message)) data.Add(message.Name, (short)version);
        return data;
    }

    public static MessageSchema Schema(string name) => All.Single(message => message.Name == name);

    public static IMessage New(MessageSchema message) => (IMessage)Activator.CreateInstance(Type(message))!;

    public static Type Type(MessageSchema message) =>
        typeof(ApiKey).Assembly.GetType($"Semel.Protocol.Messages.{message.Name}")
        ?? typeof(SampleRecord).Assembly.GetType($"Semel.Protocol.Tests.Schemas.{message.Name}", throwOnError: true)!;

    public static Type Type(MessageSchema message, StructSchema nested) => Type(message).GetNestedType(nested.ClassName)!;

    public static object? Get(object target, FieldSchema field) => Property(target, field).GetValue(target);

    public static void Set(object target, FieldSchema field, object? value) => Property(target, field).SetValue(target, value);

    public static IList NewList(object target, FieldSchema field) => (IList)Activator.CreateInstance(Property(target, field).PropertyType)!;

    /// <summary>A domain value around the encoding's own value.</summary>
    public static object Wrap(DomainType domain, object raw)
    {
        if (domain.Representation == Representation.Plain) return raw;
        var type = typeof(ApiKey).Assembly.GetType($"Semel.Protocol.{domain.Name}", throwOnError: true)!;
        return domain.Representation == Representation.Enum ? Enum.ToObject(type, raw) : Activator.CreateInstance(type, raw)!;
    }

    /// <summary>The encoding's own value in a domain value.</summary>
    public static object? Unwrap(DomainType domain, object? value) => domain.Representation switch
    {
        _ when value is null => null,
        Representation.Enum => Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), null),
        Representation.Struct => value.GetType().GetProperty("Value")!.GetValue(value),
        _ => value,
    };

    /// <summary>Asserts that two messages have the same values in all fields, whatever version they came from.</summary>
    public static void AssertEqual(StructSchema schema, object expected, object actual, string path)
    {
        foreach (var field in schema.Fields) AssertEqual(field, Get(expected, field), Get(actual, field), $"{path}.{field.PropertyName}");
    }

    static void AssertEqual(FieldSchema field, object? expected, object? actual, string path)
    {
        Assert.True(expected is null == actual is null, $"{path}: {expected ?? "null"} was written, {actual ?? "null"} was read");
        if (expected is null || actual is null) return;
        if (!field.IsArray)
        {
            AssertEqualElement(field, expected, actual, path);
            return;
        }
        var (left, right) = ((IList)expected, (IList)actual);
        Assert.True(left.Count == right.Count, $"{path}: {left.Count} elements were written, {right.Count} were read");
        for (var i = 0; i < left.Count; i++) AssertEqualElement(field, left[i]!, right[i]!, $"{path}[{i}]");
    }

    static void AssertEqualElement(FieldSchema field, object expected, object actual, string path)
    {
        if (field.Struct is not null) AssertEqual(field.Struct, expected, actual, path);
        else if (expected is ReadOnlyMemory<byte> bytes) Assert.True(bytes.Span.SequenceEqual(((ReadOnlyMemory<byte>)actual).Span), $"{path}: other bytes");
        else Assert.True(expected.Equals(actual), $"{path}: {expected} was written, {actual} was read");
    }

    static PropertyInfo Property(object target, FieldSchema field) => target.GetType().GetProperty(field.PropertyName)!;
}
