using System.Collections.Concurrent;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

public class HelpedWorkTests
{
    static readonly int[] Things = [.. Enumerable.Range(0, 100)];

    [Fact]
    public void Everything_is_done_once_with_helpers_from_the_pool()
    {
        var done = new ConcurrentBag<int>();
        HelpedWork.ForEach(Things, 16, done.Add);
        Assert.Equal(Things, done.Order());
    }

    [Fact]
    public void It_ends_although_no_helper_comes_and_one_that_comes_too_late_finds_nothing_to_do()
    {
        var asked = new List<Action>();
        var done = new List<int>();
        HelpedWork.ForEach(Things, 16, done.Add, asked.Add);
        Assert.Equal(Things, done);
        Assert.Equal(15, asked.Count);
        foreach (var late in asked) late();
        Assert.Equal(Things.Length, done.Count);
    }

    [Fact]
    public void What_fails_is_thrown_when_the_rest_is_done()
    {
        var done = new ConcurrentBag<int>();
        var failure = Assert.Throws<IOException>(() => HelpedWork.ForEach(Things, 4, thing =>
        {
            if (thing == 7) throw new IOException("seven");
            done.Add(thing);
        }));
        Assert.Equal("seven", failure.Message);
        Assert.Equal(Things.Length - 1, done.Count);
    }
}
