using Semel.Client.Consuming.Groups;

namespace Semel.Client;

/// <summary>
/// The records of one partition, in offset order, for one handler. The handler is done with a record when it asks for the next, or returns; what it had in hand when it
/// threw comes again. The stream ends when the partition goes to another member, when it is unassigned, or when the consumer is disposed of. One enumeration at a time.
/// </summary>
public sealed class PartitionStream<TKey, TValue> : IAsyncEnumerable<ConsumeResult<TKey, TValue>>
{
    readonly OpenStream<TKey, TValue> _open;

    internal PartitionStream(OpenStream<TKey, TValue> open) => _open = open;

    public TopicPartition TopicPartition => _open.Partition;

    /// <exception cref="ConsumeException">Something about the partition that the application has to know.</exception>
    public async IAsyncEnumerator<ConsumeResult<TKey, TValue>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _open.NextAsync(cancellationToken).ConfigureAwait(false) is { } result) yield return result;
    }
}
