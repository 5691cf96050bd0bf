using Semel.Log;

namespace Semel.Broker.Sequencing;

/// <summary>
/// What everybody may see of one log: its view, the log itself, and how much was appended. Changed by whoever runs the log's turns; read by everybody. The view is
/// published last and withdrawn first: whoever has a view has a log.
/// </summary>
internal sealed class PublishedLog<TView> where TView : class
{
    volatile TView? _view;
    volatile ILog? _log;
    long _appendedBytes;

    public TView? View => _view;
    public ILog? Log => _log;
    public long AppendedBytes => Volatile.Read(ref _appendedBytes);
    public ViewWaiterList Waiters { get; } = new();

    public void Opened(ILog log) => _log = log;

    // The order matters. A reader takes the count first and the view afterwards, so it may count bytes twice that it has seen, but never misses any:
    // and whoever is awakened finds both.
    public void Publish(TView view, long appendedBytes)
    {
        if (ReferenceEquals(view, _view)) return;
        _view = view;
        Volatile.Write(ref _appendedBytes, _appendedBytes + appendedBytes);
        Waiters.WakeAll();
    }

    public void Closing()
    {
        _view = null;
        Waiters.WakeAll();
    }

    public void Closed() => _log = null;
}
