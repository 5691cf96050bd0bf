using System.Diagnostics;

namespace Semel.Cli.Demo.Transactions;

/// <summary>An instance of the job in a process of its own. It ends when its standard input does, so it never outlives this process. Used by one at a
/// time.</summary>
public sealed class JobProcess : IAsyncDisposable
{
    static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly Task<string> _error;
    bool _isDisposed;

    JobProcess(Process process) => (_process, _error) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Completes when the job has its transactional id and its place in the group is asked for.</summary>
    /// <exception cref="CommandException">It did not start.</exception>
    public static async Task<JobProcess> StartAsync(int port, CancellationToken stop)
    {
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        ThisProgram.Fill(start);
        start.ArgumentList.Add(JobCommand.Name);
        start.ArgumentList.Add($"127.0.0.1:{port}");
        var job = new JobProcess(Process.Start(start)!);
        try
        {
            await job.DoneAsync("start", stop).ConfigureAwait(false);
            return job;
        }
        catch
        {
            await job.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task WriteAsync(int attempt, PlannedScene scene, CancellationToken stop) =>
        DoAsync($"{JobCommand.Write} {attempt} {scene.First} {scene.Second}", stop);
    public Task SendOffsetsAsync(CancellationToken stop) => DoAsync(JobCommand.Offsets, stop);
    public Task CommitAsync(CancellationToken stop) => DoAsync(JobCommand.Commit, stop);
    public Task AbortAsync(CancellationToken stop) => DoAsync(JobCommand.Abort, stop);

    /// <returns>Why the job could not commit; null when it did.</returns>
    public async Task<string?> TryCommitAsync(CancellationToken stop)
    {
        await AskForCommitAsync().ConfigureAwait(false);
        var answer = await ReadAsync(JobCommand.Commit, stop).ConfigureAwait(false);
        return answer == JobCommand.Done ? null : answer;
    }

    /// <summary>Nobody waits for the answer yet.</summary>
    public async Task AskForCommitAsync()
    {
        await _process.StandardInput.WriteLineAsync(JobCommand.Commit).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>The answer to <see cref="AskForCommitAsync"/>.</summary>
    /// <exception cref="CommandException">It could not commit.</exception>
    public Task CommittedAsync(CancellationToken stop) => DoneAsync(JobCommand.Commit, stop);

    async Task DoAsync(string line, CancellationToken stop)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), stop).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync(stop).ConfigureAwait(false);
        await DoneAsync(line, stop).ConfigureAwait(false);
    }

    async Task DoneAsync(string what, CancellationToken stop)
    {
        var answer = await ReadAsync(what, stop).ConfigureAwait(false);
        if (answer != JobCommand.Done) throw new CommandException(ExitCode.Failed, $"the job could not '{what}': {answer}");
    }

    async Task<string> ReadAsync(string what, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(AnswerLimit);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(limited.Token).ConfigureAwait(false)
                ?? throw new CommandException(ExitCode.Failed, $"the job ended at '{what}': {await _error.ConfigureAwait(false)}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Failed, $"the job did not '{what}' within {AnswerLimit.TotalSeconds} s");
        }
    }

    /// <summary>Ends the process at once: SIGKILL on Unix. Nothing is aborted, left or flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited) await KillAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
