namespace Semel.Protocol.Wire;

/// <summary>One message in all its versions. A field that the version lacks keeps its default when read.</summary>
public interface IMessage
{
    /// <exception cref="WireFormatException">The bytes are not this message in this version.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The message does not have the version: whoever reads a frame looks at that first.</exception>
    void Read(ref WireReader reader, short version);

    /// <exception cref="InvalidOperationException">A field that the version lacks and that may not be left out has another value than its default, or a field is null that may not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The message does not have the version.</exception>
    void Write(WireWriter writer, short version);
}

/// <summary>A request, and by its type parameter the response that answers it.</summary>
public interface IRequest<TResponse> : IMessage where TResponse : class, IMessage, new()
{
    static abstract ApiKey ApiKey { get; }

    /// <summary>All versions that the generated code reads and writes; a broker may offer fewer.</summary>
    static abstract VersionRange Versions { get; }
}

/// <summary>A range of versions, both ends included.</summary>
public readonly record struct VersionRange(short Lowest, short Highest)
{
    public bool Contains(short version) => version >= Lowest && version <= Highest;

    /// <summary>The fault of a caller that asks for a version outside the range.</summary>
    public ArgumentOutOfRangeException Lacks(string message, short version) =>
        new(nameof(version), version, $"{message} has the versions {this}");

    public override string ToString() => Lowest == Highest ? $"{Lowest}" : $"{Lowest}-{Highest}";
}
