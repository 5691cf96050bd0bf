using Semel.Machines.Catalog;
using Semel.Machines.Turn;

namespace Semel.Machines.Groups;

/// <summary>What a decision about a group is given, and where it puts what it decided. One for each machine; valid while a command is decided.</summary>
internal sealed class GroupTurn(GroupOptions options, GroupTimers timers, PlantedFault fault)
{
    TurnOutput<GroupReply>? _output;
    long _lastTicket;

    public GroupOptions Options { get; set; } = options;
    public PlantedFault Fault { get; } = fault;
    public GroupTimers Timers { get; } = timers;
    public GroupRecords Records { get; } = new();
    public Moment Now { get; private set; }
    /// <summary>The newest that any command brought.</summary>
    public CatalogView Catalog { get; private set; } = CatalogView.Empty;

    public void Begin(GroupCommand? command, Moment now, TurnOutput<GroupReply> output)
    {
        (Now, _output) = (now, output);
        if (command is not null && command.Catalog.EndOffset >= Catalog.EndOffset) Catalog = command.Catalog;
    }

    /// <summary>Answers the present command.</summary>
    public void Reply(GroupReply reply) => _output!.Reply(reply);

    /// <summary>The present command is answered later.</summary>
    /// <returns>The ticket for <see cref="Answer"/>.</returns>
    public long Park()
    {
        _output!.Park(++_lastTicket);
        return _lastTicket;
    }

    /// <summary>Answers a command that was parked.</summary>
    public void Answer(long ticket, GroupReply reply) => _output!.Answer(ticket, reply);
}
