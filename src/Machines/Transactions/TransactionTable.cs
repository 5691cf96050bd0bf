using System.Diagnostics.CodeAnalysis;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Transactions;

/// <summary>All ids of one coordinator's log, by name, and the deadlines of those that are open.</summary>
internal sealed class TransactionTable
{
    readonly Dictionary<string, TransactionEntry> _entries = new(StringComparer.Ordinal);

    public int Count => _entries.Count;
    public IReadOnlyCollection<TransactionEntry> All => _entries.Values;
    public TransactionTimers Timers { get; } = new();

    public bool TryFind(TransactionalId id, [NotNullWhen(true)] out TransactionEntry? entry) => _entries.TryGetValue(id.Value, out entry);

    /// <summary>As an earlier process recorded it.</summary>
    public void Restore(TransactionalId id, in TransactionFacts facts)
    {
        var entry = Entry(id);
        entry.Facts = facts;
        entry.UpdatedAt = TransactionEntry.Earlier;
    }

    /// <summary>As it was recorded just now.</summary>
    /// <param name="ordinal">Of the connection that made the decision necessary; 0 when none did.</param>
    public void Apply(TransactionalId id, in TransactionFacts facts, TimeSpan now, long ordinal)
    {
        var isNew = !TryFind(id, out var entry);
        entry ??= Entry(id);
        var before = entry.Facts;
        Invariant.Check(isNew ? facts.State == TransactionState.Empty : facts.State.MayFollow(before.State), "a transaction's states follow each other as they may");
        if (isNew) entry.UsedBy(ordinal);
        if (before.ProducerId != facts.ProducerId || before.Epoch != facts.Epoch) entry.NewestSpeaker = 0;
        entry.Facts = facts;
        entry.UpdatedAt = now;
        if (facts.State.IsAtRest())
        {
            entry.End = null;
            Timers.Remove(entry);
        }
        else if (facts.State.IsPrepared()) Timers.Set(entry, entry.End?.DueAt);
        else if (before.State != TransactionState.Ongoing || isNew) Timers.Set(entry, TimeoutRule.DueAt(facts, now));
    }

    public void Remove(TransactionalId id)
    {
        if (_entries.Remove(id.Value, out var entry)) Timers.Remove(entry);
    }

    TransactionEntry Entry(TransactionalId id)
    {
        if (!TryFind(id, out var entry)) _entries.Add(id.Value, entry = new(id));
        return entry;
    }
}
