using Semel.Client.Producing.Accumulation;

namespace Semel.Client.Tests.Producing.Accumulation;

public class ContinuationsTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Each_runs_once_however_many_there_are()
    {
        var ran = new int[1000];
        var left = ran.Length;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var continuations = new Continuations();
        for (var index = 0; index < ran.Length; index++)
        {
            var mine = index;
            continuations.Add(new Continuation(mine, () =>
            {
                Interlocked.Increment(ref ran[mine]);
                if (Interlocked.Decrement(ref left) == 0) all.SetResult();
            }, null));
        }
        continuations.Start();
        await all.Task.WaitAsync(Patience);
        Assert.All(ran, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task One_that_waits_for_a_later_one_does_not_keep_it_from_running()
    {
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var continuations = new Continuations();
        continuations.Add(new Continuation(0, () =>
        {
            Assert.True(last.Task.Wait(Patience));
            first.SetResult();
        }, null));
        continuations.Add(new Continuation(1, () => { }, null));
        continuations.Add(new Continuation(2, last.SetResult, null));
        continuations.Start();
        await first.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Those_whose_record_has_ended_are_taken_and_the_rest_stay()
    {
        var ran = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var continuations = new Continuations();
        for (var index = 0; index < 40; index++)
        {
            var mine = index;
            continuations.Add(new Continuation(mine, () => ran.TrySetResult(mine), null));
        }
        Assert.Null(continuations.Take(_ => false));
        continuations.Take(index => index == 17)!.Start();
        Assert.Equal(17, await ran.Task.WaitAsync(Patience));
        Assert.Null(continuations.Take(index => index == 17));
        Assert.NotNull(continuations.Take(index => index == 18));
    }

    sealed class Recording : SynchronizationContext
    {
        public TaskCompletionSource<SendOrPostCallback> Posted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public override void Post(SendOrPostCallback callback, object? state) => Posted.SetResult(_ => callback(state));
    }

    [Fact]
    public async Task One_with_a_context_is_posted_there()
    {
        var context = new Recording();
        var hasRun = false;
        var continuations = new Continuations();
        continuations.Add(new Continuation(0, () => hasRun = true, context));
        continuations.Start();
        var posted = await context.Posted.Task.WaitAsync(Patience);
        Assert.False(hasRun);
        posted(null);
        Assert.True(hasRun);
    }
}
