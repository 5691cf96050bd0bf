namespace Semel.Machines.Turn;

/// <summary>
/// What one turn wants to happen: batches to append, a new log start, for each command its reply or the ticket under which it is answered in a later turn, replies to
/// earlier tickets, and effects. Everything becomes visible when the turn is durable, not before. Reused from turn to turn.
/// </summary>
public sealed class TurnOutput<TReply>
{
    readonly List<ReadOnlyMemory<byte>> _appends = [];
    readonly List<TReply> _replies = [];
    // Most turns have none of them.
    List<ParkedCommand>? _parked;
    List<TicketReply>? _late;
    List<Effect>? _effects;

    /// <summary>A command of this turn that waits for its answer.</summary>
    /// <param name="Index">Its place among the turn's commands.</param>
    public readonly record struct ParkedCommand(int Index, long Ticket);

    /// <summary>The answer to a command that was parked, in this turn or in an earlier one.</summary>
    public readonly record struct TicketReply(long Ticket, TReply Reply);

    /// <summary>The batches in the order of their offsets, without a gap.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Appends => _appends;

    /// <summary>One for each command, in the commands' order; that of a parked command means nothing.</summary>
    public IReadOnlyList<TReply> Replies => _replies;

    /// <summary>In the order of the commands.</summary>
    public IReadOnlyList<ParkedCommand> Parked => _parked ?? (IReadOnlyList<ParkedCommand>)[];

    /// <summary>In the order in which they were decided; each ticket once.</summary>
    public IReadOnlyList<TicketReply> LateReplies => _late ?? (IReadOnlyList<TicketReply>)[];

    /// <summary>In the order in which they were decided.</summary>
    public IReadOnlyList<Effect> Effects => _effects ?? (IReadOnlyList<Effect>)[];

    /// <summary>Where the log shall begin from now on, when the turn moves it; made durable before the replies are released.</summary>
    public long? StartOffset { get; private set; }

    public void Append(ReadOnlyMemory<byte> batch) => _appends.Add(batch);
    public void Reply(TReply reply) => _replies.Add(reply);
    public void MoveStart(long offset) => StartOffset = Math.Max(StartOffset ?? offset, offset);

    /// <summary>The present command is answered later, with <see cref="Answer"/>.</summary>
    /// <param name="ticket">Of the machine's choice; never used by it before. It lives as long as the machine: should the log fail, the shell answers for it.</param>
    public void Park(long ticket)
    {
        (_parked ??= []).Add(new ParkedCommand(_replies.Count, ticket));
        _replies.Add(default!);
    }

    /// <summary>Answers a command that was parked.</summary>
    public void Answer(long ticket, TReply reply) => (_late ??= []).Add(new TicketReply(ticket, reply));

    /// <summary>Asks the shell for something that it shall do once this turn is durable.</summary>
    public void Emit(Effect effect) => (_effects ??= []).Add(effect);

    public void Clear()
    {
        _appends.Clear();
        _replies.Clear();
        _parked?.Clear();
        _late?.Clear();
        _effects?.Clear();
        StartOffset = null;
    }
}
