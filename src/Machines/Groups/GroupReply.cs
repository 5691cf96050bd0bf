using Semel.Protocol;

namespace Semel.Machines.Groups;

/// <summary>The answer to one <see cref="GroupCommand"/>; those that say more than an error have types of their own, beside their commands.</summary>
public record GroupReply(ErrorCode Error)
{
    public static readonly GroupReply Done = new(ErrorCode.None);

    /// <summary>Why, for a person; null when the code says all.</summary>
    public string? Message { get; init; }
}
