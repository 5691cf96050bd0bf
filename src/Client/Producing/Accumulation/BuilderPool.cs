using System.Collections.Concurrent;

namespace Semel.Client.Producing.Accumulation;

/// <summary>
/// Builders whose array already holds a whole batch. A busy partition fills one batch after the other; growing each from nothing would
/// copy its records several times and touch new pages each time. Thread safe.
/// </summary>
/// <param name="sizeInBytes">The size limit of the batches, and the capacity of every builder here.</param>
/// <param name="kept">How many idle builders are kept.</param>
internal sealed class BuilderPool(int sizeInBytes, int kept) : IDisposable
{
    readonly ConcurrentStack<RecordBatchBuilder> _idle = new();

    public int SizeInBytes => sizeInBytes;

    public RecordBatchBuilder Rent() => _idle.TryPop(out var builder) ? builder : new RecordBatchBuilder(sizeInBytes, sizeInBytes);

    public void Return(RecordBatchBuilder builder)
    {
        if (_idle.Count >= kept)
        {
            builder.Dispose();
            return;
        }
        builder.Reset();
        _idle.Push(builder);
    }

    public void Dispose()
    {
        while (_idle.TryPop(out var builder)) builder.Dispose();
    }
}
