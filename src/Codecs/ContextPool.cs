namespace Semel.Codecs;

/// <summary>Objects that are dear to make and hold memory outside of the collector's: a few wait for their next use, at most one for each processor. Thread safe.</summary>
sealed class ContextPool<T>(Func<T> make) where T : class, IDisposable
{
    readonly T?[] _kept = new T?[Environment.ProcessorCount];

    public T Rent()
    {
        for (var place = 0; place < _kept.Length; place++)
            if (Interlocked.Exchange(ref _kept[place], null) is { } kept) return kept;
        return make();
    }

    public void Return(T context)
    {
        for (var place = 0; place < _kept.Length; place++)
            if (Interlocked.CompareExchange(ref _kept[place], context, null) is null) return;
        context.Dispose();
    }
}
