using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>
/// Whose transaction was admitted to a partition last, so that what it writes next need not wait until its first batch is durable and everybody sees that it is open. It only saves
/// the question: the partition checks the guard in its turn. Nothing that was admitted before a marker came, or before the log was opened anew, counts after it. Thread safe.
/// </summary>
internal sealed class AdmittedWrites
{
    sealed record Admitted(ProducerId ProducerId, ProducerEpoch Epoch, long Guard, long Generation);

    volatile Admitted? _last;
    long _generation;

    /// <summary>To be asked before a verification begins.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>A marker is about to be put into the mailbox, or another machine takes over.</summary>
    public void Forget() => Interlocked.Increment(ref _generation);

    /// <param name="generation">When the verification began.</param>
    public void Admit(ProducerId producerId, ProducerEpoch epoch, long guard, long generation) => _last = new(producerId, epoch, guard, generation);

    /// <returns>The guard of this producer's transaction; 0 when it has to be asked for.</returns>
    public long GuardOf(ProducerId producerId, ProducerEpoch epoch) =>
        _last is { } last && last.ProducerId == producerId && last.Epoch == epoch && last.Generation == Generation ? last.Guard : 0;
}
