namespace Semel.ProtocolGenerator.Model;

/// <summary>Where a line of a schema file is, for messages about it.</summary>
public sealed record SchemaLocation(string File, int Line);

/// <summary>A request, a response, a record of a log of our own, the key or the value of a state log's record, or data inside a request.</summary>
public sealed class MessageSchema
{
    public required string Name { get; init; }
    public required VersionSpan Versions { get; init; }

    /// <summary>The first version with compact lengths and tagged fields; null when there is none.</summary>
    public required int? FirstFlexibleVersion { get; init; }
    public required StructSchema Body { get; init; }

    /// <summary>All structs of the message in the order in which they first occur.</summary>
    public required IReadOnlyList<StructSchema> Structs { get; init; }

    public bool IsFlexible(int version) => version >= FirstFlexibleVersion;
}

/// <summary>One API: a request and the response that answers it.</summary>
public sealed record ApiSchema(int Key, string Name, string File, MessageSchema Request, MessageSchema Response);

/// <summary>One kind of record in a log of our own. <paramref name="Type"/> is its number within that log.</summary>
public sealed record RecordSchema(int Type, string File, MessageSchema Message);

/// <summary>One kind of record in a log of Kafka's own. <paramref name="Type"/> is its number within that log, which its keys begin with.</summary>
public sealed record StateSchema(int Type, string Name, string File, MessageSchema Key, MessageSchema Value)
{
    /// <summary>The log's name in C#: the schema file's.</summary>
    public string Log => Path.GetFileNameWithoutExtension(File);
}

/// <summary>Data that travels inside a request as bytes, with its own version in front.</summary>
public sealed record DataSchema(string File, MessageSchema Message);

/// <summary>Everything that the schema files say.</summary>
public sealed record SchemaSet(IReadOnlyList<ApiSchema> Apis, IReadOnlyList<RecordSchema> Records, IReadOnlyList<StateSchema> States, IReadOnlyList<DataSchema> Data);
