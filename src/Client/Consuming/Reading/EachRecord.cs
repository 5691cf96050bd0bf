namespace Semel.Client.Consuming.Reading;

/// <summary>
/// Record after record, as <c>await foreach</c> takes them. Written out where an iterator would do, because a result is a large value: here it is made once, in the place from which it is read.
/// </summary>
internal sealed class EachRecord<TKey, TValue>(Pulls<TKey, TValue> pulls, CancellationToken given) : IAsyncEnumerable<ConsumeResult<TKey, TValue>>
{
    public IAsyncEnumerator<ConsumeResult<TKey, TValue>> GetAsyncEnumerator(CancellationToken cancellation = default) => new Enumerator(pulls, given, cancellation);

    sealed class Enumerator : IAsyncEnumerator<ConsumeResult<TKey, TValue>>
    {
        readonly Pulls<TKey, TValue> _pulls;
        readonly CancellationTokenSource? _both;
        readonly CancellationToken _cancellation;
        ConsumeResult<TKey, TValue> _current;
        bool _hasBegun, _isOver;

        public Enumerator(Pulls<TKey, TValue> pulls, CancellationToken given, CancellationToken ofEnumeration)
        {
            _pulls = pulls;
            if (given.CanBeCanceled && ofEnumeration.CanBeCanceled && given != ofEnumeration) _both = CancellationTokenSource.CreateLinkedTokenSource(given, ofEnumeration);
            _cancellation = _both?.Token ?? (given.CanBeCanceled ? given : ofEnumeration);
        }

        public ConsumeResult<TKey, TValue> Current => _current;

        public ValueTask<bool> MoveNextAsync()
        {
            if (_isOver) return new ValueTask<bool>(false);
            try
            {
                if (!_hasBegun) _pulls.CheckOpen();
                _hasBegun = true;
                if (!_pulls.TryBegin()) return new ValueTask<bool>(!(_isOver = true));
                if (!_pulls.TryTake(_cancellation, out _current)) return WaitAsync();
                return new ValueTask<bool>(true);
            }
            catch (Exception failure)
            {
                _isOver = true;
                return ValueTask.FromException<bool>(failure);
            }
        }

        async ValueTask<bool> WaitAsync()
        {
            // Unless a record comes there is no further one: what is thrown ends the enumeration too.
            _isOver = true;
            if (await _pulls.WaitForNextAsync(Timeout.InfiniteTimeSpan, _cancellation).ConfigureAwait(false) is not { } result) return false;
            _current = result;
            return !(_isOver = false);
        }

        public ValueTask DisposeAsync()
        {
            _isOver = true;
            _both?.Dispose();
            return default;
        }
    }
}
