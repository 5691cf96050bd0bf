using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>What became of a transaction, as its client knows it.</summary>
internal enum TransactionOutcome : byte
{
    /// <summary>Its commit was never asked for, or certainly refused each time: nothing of it may ever be shown.</summary>
    NotCommitted,
    /// <summary>Its commit was asked for, and nobody knows whether it was done: all of it or nothing.</summary>
    Unknown,
    /// <summary>Its commit was acknowledged.</summary>
    Committed,
}

/// <summary>One transaction of one client: what it wrote, and what became of it.</summary>
internal sealed class SimulatedTransaction(int number, string client, ProducerId producerId, ProducerEpoch epoch)
{
    public int Number => number;
    public string Client => client;
    public ProducerId ProducerId => producerId;
    public ProducerEpoch Epoch => epoch;
    public List<SimulatedRecord> Records { get; } = [];
    public TransactionOutcome Outcome { get; set; }
    /// <summary>When something was first asked of the broker for it.</summary>
    public TimeSpan? BegunAt { get; set; }
    public bool IsEnding { get; set; }
    /// <summary>What the client's library said: true for committed, false for aborted, null while it has not said.</summary>
    public bool? Told { get; set; }
    /// <summary>Whose offsets come with it; null for nobody's.</summary>
    public GroupId? Group { get; private set; }

    /// <summary>For each input partition the first offset that was not read.</summary>
    public IReadOnlyDictionary<int, long> Offsets { get; private set; } = new Dictionary<int, long>();

    public void Take(GroupId group, IReadOnlyDictionary<int, long> offsets) => (Group, Offsets) = (group, offsets);

    public override string ToString() => $"transaction {number} of {client} ({producerId}, epoch {epoch})";
}

/// <summary>One record of a run.</summary>
/// <param name="Id">No other record has it; rising in the order in which its client submitted.</param>
/// <param name="Group">Of a copier: for whom it stands for the record it was made from.</param>
internal sealed record SimulatedRecord(long Id, SimulatedTransaction Transaction, TopicId Topic, int Partition, GroupId? Group, int SourcePartition,
    long SourceOffset)
{
    public override string ToString() => $"record {Id} of {Transaction}";
}
