using Semel.Machines.Catalog;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Knows what was promised and compares it with what readers see: whoever reads committed records sees exactly the acknowledged commits, those of which nobody
/// knows whole or not at all, nothing twice, nothing before its commit was asked for, and each client's records in its order; and how far a group has read is
/// what was written for it.
/// </summary>
internal sealed class TransactionOracle(TransactionWorld world)
{
    readonly Dictionary<(TopicId, int), CommittedReader> _readers = [];
    readonly Dictionary<long, SimulatedRecord> _records = [];
    readonly List<SimulatedTransaction> _transactions = [];
    // The offset of each record that is in its log.
    readonly Dictionary<long, long> _places = [];
    readonly Dictionary<(string Client, string Log), long> _last = [];
    readonly HashSet<long> _shown = [];
    readonly Dictionary<(GroupId, int), int> _copied = [];
    readonly HashSet<TopicId> _gone = [];
    readonly HashSet<AdmittedWrite> _admitted = [];
    readonly HashSet<(ProducerId, ProducerEpoch)> _given = [];
    long _ids, _numbers;

    public IReadOnlyList<SimulatedTransaction> Transactions => _transactions;
    public IReadOnlyCollection<AdmittedWrite> AdmittedWrites => _admitted;

    /// <summary>Never given before.</summary>
    public long NextNumber() => ++_numbers;

    /// <summary>What is in a batch that nobody may take: a number that no record has.</summary>
    public static ReadOnlySpan<byte> Stray => [0x80, 0, 0, 0, 0, 0, 0, 0];

    // ---- What clients do

    public SimulatedTransaction Begin(string client, ProducerId producerId, ProducerEpoch epoch)
    {
        var begun = new SimulatedTransaction(_transactions.Count, client, producerId, epoch);
        _transactions.Add(begun);
        return begun;
    }

    public SimulatedRecord Submit(SimulatedTransaction transaction, TopicId topic, int partition, GroupId? group = null, int sourcePartition = -1,
        long sourceOffset = -1)
    {
        var record = new SimulatedRecord(_ids++, transaction, topic, partition, group, sourcePartition, sourceOffset);
        _records.Add(record.Id, record);
        transaction.Records.Add(record);
        return record;
    }

    /// <summary>An epoch is given to one holder, and to nobody else.</summary>
    public void Given(string client, ProducerId producerId, ProducerEpoch epoch)
    {
        world.Note(client, "given", producerId.Value, epoch.Value);
        if (epoch.Value is < 0 or short.MaxValue) world.Fail($"{client} was given epoch {epoch} of producer {producerId}, which nobody may have");
        if (!_given.Add((producerId, epoch))) world.Fail($"{client} was given epoch {epoch} of producer {producerId}, which somebody has had");
    }

    public void Admitted(AdmittedWrite write) => _admitted.Add(write);

    /// <summary>The commit is about to be asked for.</summary>
    public static void Committing(SimulatedTransaction transaction) => transaction.Outcome = TransactionOutcome.Unknown;

    /// <summary>The broker acknowledges a commit, at this moment, and no participant has kept it waiting: everything in it can be read (R-V).</summary>
    public void Acknowledging(SimulatedTransaction transaction)
    {
        foreach (var record in transaction.Records)
            if (!_gone.Contains(record.Topic) && !_shown.Contains(record.Id)
                && !_readers[(record.Topic, record.Partition)].IsHeldBackByOthers(_places.GetValueOrDefault(record.Id, -1), transaction.ProducerId))
                world.Fail($"the commit of {transaction} is acknowledged, and {record} cannot be read in {NameOf(record)}");
    }

    // ---- What the broker shows

    public CommittedReader Reader(CatalogTopic topic, int partition)
    {
        if (_readers.TryGetValue((topic.TopicId, partition), out var known)) return known;
        var name = $"{topic.Name}-{partition}";
        return _readers[(topic.TopicId, partition)] = new CommittedReader(world, this, name, world.RandomOf($"reader of {name}"));
    }

    public CommittedReader Reader(TopicId topic, int partition) => _readers[(topic, partition)];

    public void Gone(TopicId topic) => _gone.Add(topic);

    string NameOf(SimulatedRecord record) => $"partition {record.Partition} of {record.Topic}";

    /// <summary>A batch is in the log, committed or not.</summary>
    public void Written(string log, long firstId, long baseOffset, long nextOffset)
    {
        if (!_records.TryGetValue(firstId, out var record))
        {
            world.Fail(firstId == long.MinValue
                ? $"{log}: a stray batch was appended, whose transaction nobody would end" : $"{log}: at {baseOffset} is a batch that nobody submitted");
            return;
        }
        for (var offset = baseOffset; offset < nextOffset; offset++)
        {
            var id = firstId + offset - baseOffset;
            if (!_places.TryAdd(id, offset)) world.Fail($"{log}: record {id} is in the log twice, at {offset} and {_places[id]}");
        }
        var last = _last.GetValueOrDefault((record.Transaction.Client, log), -1);
        if (firstId < last) world.Fail($"{log}: {record} is behind record {last} of its client");
        _last[(record.Transaction.Client, log)] = firstId + nextOffset - baseOffset - 1;
    }

    /// <summary>A reader of committed records was given one.</summary>
    public void Shown(string log, long offset, long id)
    {
        if (!_records.TryGetValue(id, out var record))
        {
            world.Fail($"{log}: at {offset} a record is shown that nobody submitted");
            return;
        }
        if (!_shown.Add(id)) world.Fail($"{log}: {record} is shown twice");
        if (record.Transaction.Outcome == TransactionOutcome.NotCommitted)
            world.Fail($"{log}: {record} is shown at {offset}, which nobody has asked to be committed, or was told so");
        world.Counts.Add("shown-records");
        if (record.Group is { } group) _copied[(group, record.SourcePartition)] = CopiedBy(group, record.SourcePartition) + 1;
    }

    public bool IsShown(SimulatedRecord record) => _shown.Contains(record.Id);

    public SimulatedRecord RecordOf(long id) => _records[id];

    /// <summary>What a coordinator did by itself.</summary>
    public void Noticed(TransactionNotice notice)
    {
        if (notice.Event == TransactionEvent.Halted) world.Fail($"a transactional id is halted: {notice}");
        if (notice.Event != TransactionEvent.TimedOut || world.Plan.SetsWallClock) return;
        var begun = _transactions.FindLast(transaction =>
            transaction.ProducerId == notice.ProducerId && transaction.Epoch == notice.Epoch && transaction.BegunAt is not null);
        if (begun?.BegunAt is { } since && world.Clock.Now - since < TransactionPlan.TransactionTimeout - WallClockUnit)
            world.Fail($"{begun} was aborted {(world.Clock.Now - since).TotalMilliseconds:0} ms after it began, "
                + $"its time is {TransactionPlan.TransactionTimeout.TotalMilliseconds:0} ms");
    }

    /// <summary>What the log knows of moments is told in milliseconds.</summary>
    static readonly TimeSpan WallClockUnit = TimeSpan.FromMilliseconds(2);

    // ---- At the end

    /// <summary>Everything is at rest: each transaction is there whole, or not at all.</summary>
    public void CheckTransactions()
    {
        foreach (var transaction in _transactions)
        {
            var kept = transaction.Records.Where(record => !_gone.Contains(record.Topic)).ToList();
            var shown = kept.Count(IsShown);
            world.Counts.Add(shown > 0 || transaction.Outcome == TransactionOutcome.Committed ? "transactions-committed" : "transactions-not-committed");
            if (transaction.Outcome == TransactionOutcome.Unknown) world.Counts.Add("transactions-unknown");
            if (transaction.Outcome == TransactionOutcome.Committed && shown < kept.Count)
                world.Fail($"{transaction} was committed, and {kept.Count - shown} of its {kept.Count} records are not there");
            if (transaction.Outcome == TransactionOutcome.NotCommitted && shown > 0)
                world.Fail($"{transaction} was not committed, and {shown} of its {kept.Count} records are there");
            if (transaction.Outcome == TransactionOutcome.Unknown && shown > 0 && shown < kept.Count)
                world.Fail($"{transaction} is torn: {shown} of its {kept.Count} records are there");
        }
    }

    /// <summary>How many records of the input a group has copied, as readers see.</summary>
    public int CopiedBy(GroupId group, int partition) => _copied.GetValueOrDefault((group, partition));

    /// <summary>For each record below what a group has committed there is one copy, and none for those behind it.</summary>
    public void CheckCopies(GroupId group, int partition, long committed)
    {
        var copies = new Dictionary<long, int>();
        foreach (var record in _records.Values)
            if (record.Group == group && record.SourcePartition == partition && IsShown(record))
                copies[record.SourceOffset] = copies.GetValueOrDefault(record.SourceOffset) + 1;
        foreach (var (offset, _) in Reader(world.Topics[SimulatedTopics.Input].TopicId, partition).Committed)
        {
            var count = copies.GetValueOrDefault(offset);
            if (count > 1) world.Fail($"group {group} has copied the record at {offset} of input {partition} {count} times");
            if (offset < committed && count == 0)
                world.Fail($"group {group} has read input {partition} up to {committed}, and there is no copy of the record at {offset}");
            if (offset >= committed && count > 0)
                world.Fail($"group {group} has read input {partition} up to {committed}, and there is a copy of the record at {offset}");
            copies.Remove(offset);
        }
        if (copies.Count > 0) world.Fail($"group {group} has copied what is not in input {partition}: offset {copies.First().Key}");
    }
}
