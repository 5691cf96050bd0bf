using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>Many who change one folder share the forced writes, and each is covered by one that began after it came.</summary>
public class SharedFolderForceTests
{
    const int Threads = 8;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Forces when it is told to, and counts.</summary>
    sealed class SlowForce : IForce
    {
        public readonly SemaphoreSlim Begun = new(0), MayEnd = new(0);
        public Func<int, Exception?> Failure = static _ => null;
        public int Count;

        public void File(SafeFileHandle file, string path) => throw new NotSupportedException();

        public void Directory(string path)
        {
            var number = Interlocked.Increment(ref Count);
            Begun.Release();
            Assert.True(MayEnd.Wait(Patience));
            if (Failure(number) is { } failure) throw failure;
        }
    }

    readonly SlowForce _force = new();
    readonly SharedFolderForce _shared;
    int _come;

    public SharedFolderForceTests() => _shared = new(_force, "folder");

    Task Come() => Task.Factory.StartNew(() =>
    {
        Interlocked.Increment(ref _come);
        _shared.Force();
    }, TaskCreationOptions.LongRunning);

    /// <summary>One forces, and all others have come meanwhile.</summary>
    async Task<(Task First, Task[] Others)> BeginAsync()
    {
        var first = Come();
        Assert.True(await _force.Begun.WaitAsync(Patience));
        var others = Enumerable.Range(0, Threads - 1).Select(_ => Come()).ToArray();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _come) == Threads, Patience));
        return (first, others);
    }

    [Fact]
    public async Task Those_who_come_while_the_folder_is_forced_wait_for_the_next_time_which_serves_them_all()
    {
        var (first, others) = await BeginAsync();
        _force.MayEnd.Release();
        await first.WaitAsync(Patience);
        Assert.DoesNotContain(others, other => other.IsCompleted);
        _force.MayEnd.Release(Threads);
        await Task.WhenAll(others).WaitAsync(Patience);
        Assert.InRange(_force.Count, 2, 3);
    }

    [Fact]
    public async Task A_failure_is_told_to_those_whom_it_concerns_and_to_nobody_else()
    {
        _force.Failure = static number => number == 1 ? new IOException("the device is gone") : null;
        var (first, others) = await BeginAsync();
        _force.MayEnd.Release(Threads);
        await Assert.ThrowsAsync<IOException>(() => first.WaitAsync(Patience));
        await Task.WhenAll(others).WaitAsync(Patience);
    }

    [Fact]
    public void One_alone_forces_at_once()
    {
        _force.MayEnd.Release(2);
        _shared.Force();
        _shared.Force();
        Assert.Equal(2, _force.Count);
    }
}
