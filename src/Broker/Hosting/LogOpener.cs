using Semel.Broker.Sequencing;
using Semel.Broker.Topics;

namespace Semel.Broker.Hosting;

/// <summary>
/// Opens the logs that exist already, behind the back of a broker that serves: what a client needs first is opened at once by its request, the others
/// follow, so that a damaged log is known soon and no later request waits. Two threads: folding a log is work for the processor.
/// </summary>
internal sealed class LogOpener(IEnumerable<ISequencer> sequencers)
{
    const int Threads = 2;

    readonly Queue<ISequencer> _left = new(sequencers);
    volatile bool _stopping;
    Task _opening = Task.CompletedTask;

    public void Start()
    {
        if (_left.Count > 0) _opening = OpenAllAsync(_left.Count);
    }

    async Task OpenAllAsync(int count)
    {
        await Task.WhenAll([.. Enumerable.Range(0, Math.Min(Threads, count)).Select(_ => StartThread())]).ConfigureAwait(false);
        if (!_stopping) OpeningWaste.GiveBack(count);
    }

    Task StartThread()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WorkThread.Start(() =>
        {
            OpenAll();
            ended.SetResult();
        }, "log opening");
        return ended.Task;
    }

    void OpenAll()
    {
        while (!_stopping && Next() is { } sequencer) sequencer.Open();
    }

    ISequencer? Next()
    {
        lock (_left) return _left.TryDequeue(out var sequencer) ? sequencer : null;
    }

    /// <summary>Leaves the rest closed. A log that is being opened is opened to its end.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return _opening;
    }

    /// <summary>Completes when all have been opened, or could not be.</summary>
    public Task Completion => _opening;
}
