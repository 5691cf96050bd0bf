using Semel.Machines.Catalog;

namespace Semel.Machines.Groups;

/// <summary>
/// One command to a group coordinator: a type of its own for each request, each beside the rules that decide it. What it holds is its own: no buffer of a
/// connection,
/// because a command may be parked for minutes.
/// </summary>
public abstract record GroupCommand
{
    /// <summary>
    /// All topics, as whoever asks saw them. The machine decides by the newest that it was ever given, so that a command that was made before a topic was
    /// deleted
    /// brings nothing of it back.
    /// </summary>
    public CatalogView Catalog { get; init; } = CatalogView.Empty;
}

/// <summary>
/// Whatever is due: sessions, waiting joins, offsets that nobody needs any more. Decides one recorded change; when more are due the next deadline has come
/// already.
/// </summary>
public sealed record GroupTick : GroupCommand;

/// <summary>Topics were deleted, or may have been: offsets of topics that <see cref="GroupCommand.Catalog"/> does not have go.</summary>
public sealed record DropDeletedTopics : GroupCommand;

/// <summary>Who speaks for a member: told to whoever describes the group.</summary>
/// <param name="Host">The peer's address, as Kafka shows it: with a slash in front.</param>
public readonly record struct ClientIdentity(string ClientId, string Host);
