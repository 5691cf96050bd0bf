using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>
/// Who waits for the answer to a command that its machine decides in a later turn, by ticket. They live as long as the machine: when it goes, all of them are answered.
/// Takes no memory where nothing is ever parked. Used by one turn at a time.
/// </summary>
internal sealed class ParkedCommands<TReply>
{
    Dictionary<long, Receiver<TReply>>? _byTicket;

    public int Count => _byTicket?.Count ?? 0;

    /// <summary>The receiver waits here from now on, and nowhere else.</summary>
    public void Take(ref Receiver<TReply> receiver, long ticket)
    {
        Invariant.Check((_byTicket ??= []).TryAdd(ticket, receiver), "a ticket is given once");
        receiver = default;
    }

    /// <summary>The receiver waits here no more.</summary>
    public Receiver<TReply> Give(long ticket)
    {
        var receiver = default(Receiver<TReply>);
        Invariant.Check(_byTicket is not null && _byTicket.Remove(ticket, out receiver), "what is answered late was parked, and is answered once");
        return receiver;
    }

    /// <summary>Gives all of them the same reply, whatever was to be decided, in the order of their tickets.</summary>
    /// <returns>What went wrong with a reply that could not be given; the others were given all the same.</returns>
    public Exception? AnswerAll(in TReply reply)
    {
        if (_byTicket is not { Count: > 0 } byTicket) return null;
        KeyValuePair<long, Receiver<TReply>>[] all = [.. byTicket];
        byTicket.Clear();
        Array.Sort(all, static (one, other) => one.Key.CompareTo(other.Key));
        Exception? failure = null;
        ReplyRelease.Begin();
        foreach (var (_, receiver) in all) failure = receiver.TryAnswer(reply) ?? failure;
        ReplyRelease.End();
        return failure;
    }
}
