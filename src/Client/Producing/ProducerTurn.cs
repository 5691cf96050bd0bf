using Semel.Client.Configuration;
using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>One turn of the machine: the state, the moment, and what has come out so far. Given to every rule.</summary>
internal sealed class ProducerTurn(ProducerState state, ulong seed)
{
    readonly HashSet<string> _refreshed = new(StringComparer.Ordinal);
    List<ProducerEffect> _effects = [];
    ulong _chance = seed;

    public ProducerState State => state;
    public TimeSpan Now { get; set; }
    /// <summary>When the machine has to be asked again although nothing happened.</summary>
    public TimeSpan? NextDeadline { get; private set; }

    public void Add(ProducerEffect effect) => _effects.Add(effect);

    public void Refresh(string topic)
    {
        if (_refreshed.Add(topic)) Add(new RefreshMetadata(topic));
    }

    public void Seal(ProducerBatch batch)
    {
        if (batch.IsSealed || batch.IsSealWanted) return;
        batch.IsSealWanted = true;
        Add(new SealBatch(batch));
    }

    /// <summary>Gives a batch's records their final report, once. A failure takes those behind it along where that is asked for.</summary>
    public void Report(PartitionState partition, ProducerBatch batch, Verdict verdict)
    {
        if (batch.IsReported) return;
        batch.IsReported = true;
        Add(new CompleteBatch(batch, verdict));
        if (!verdict.IsFailure) return;
        RecordRule.Failed(this, partition, verdict);
        GaplessRule.FailBehind(this, partition, batch, verdict);
    }

    public void ReportAndRelease(PartitionState partition, ProducerBatch batch, Verdict verdict)
    {
        Report(partition, batch, verdict);
        Add(new ReleaseBatch(batch));
    }

    public void WakeAt(TimeSpan moment)
    {
        if (NextDeadline is not { } earlier || moment < earlier) NextDeadline = moment;
    }

    public void ForgetDeadline() => NextDeadline = null;

    /// <summary>The pause before something that failed so many times in a row is tried again.</summary>
    /// <param name="failures">At least 1.</param>
    public TimeSpan RetryDelay(int failures) => new Backoff(state.Options.RetryBackoff, state.Options.RetryBackoffMax).After(failures, NextChance());

    /// <summary>From 0 to 1, the same row for the same seed (splitmix64).</summary>
    double NextChance()
    {
        var mixed = _chance += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1ul << 53));
    }

    public IReadOnlyList<ProducerEffect> TakeEffects()
    {
        var effects = _effects;
        if (effects.Count > 0) _effects = [];
        _refreshed.Clear();
        return effects;
    }
}
