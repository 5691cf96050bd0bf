using Semel.Client;

namespace Semel.Extensions.Hosting;

/// <summary>Handles the records that a consumer of the host reads: <see cref="SemelBuilder.AddHandler"/>. One instance for each record, from a scope of its own.</summary>
public interface IRecordHandler<TKey, TValue>
{
    /// <summary>Handles one record. It is finished when this returns; the next one comes then. What is thrown stops reading before the record, and the host with it.</summary>
    /// <param name="cancellation">The host is stopping. A handler that ends by it has not finished its record.</param>
    ValueTask HandleAsync(ConsumeResult<TKey, TValue> record, CancellationToken cancellation);
}
