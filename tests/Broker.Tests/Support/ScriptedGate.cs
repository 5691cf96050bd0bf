using Semel.Broker.Transactions;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Broker.Tests.Support;

/// <summary>A coordinator that answers what the test wants, when it wants, and remembers what it was asked.</summary>
internal sealed class ScriptedGate : ITransactionGate
{
    /// <summary>One question.</summary>
    public sealed record Question(TransactionalId Id, ProducerId ProducerId, ProducerEpoch Epoch, IReadOnlyList<Participant> Participants, bool Add, long ConnectionOrdinal);

    readonly Lock _gate = new();
    readonly List<Question> _asked = [];

    public IReadOnlyList<Question> Asked
    {
        get
        {
            lock (_gate) return [.. _asked];
        }
    }

    /// <summary>The answer for one participant; yes at first.</summary>
    public Func<Participant, ErrorCode> Code { get; set; } = static _ => ErrorCode.None;

    /// <summary>What each answer waits for; nothing at first.</summary>
    public Func<Task> Before { get; set; } = static () => Task.CompletedTask;

    public Func<ProducerId, ProducerEpoch, ErrorCode> Owner { get; set; } = static (_, _) => ErrorCode.InvalidProducerIdMapping;

    public async ValueTask<IReadOnlyList<ErrorCode>> AdmitAsync(TransactionalId id, ProducerId producerId, ProducerEpoch epoch, IReadOnlyList<Participant> participants, bool add, long connectionOrdinal)
    {
        lock (_gate) _asked.Add(new(id, producerId, epoch, participants, add, connectionOrdinal));
        await Before();
        return [.. participants.Select(Code)];
    }

    public ValueTask<ErrorCode> EndOwnerAsync(ProducerId producerId, ProducerEpoch epoch, bool commit) => new(Owner(producerId, epoch));
}
