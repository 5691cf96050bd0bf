using Semel.Log.Batches;

namespace Semel.Log.Tests.Segments;

/// <summary>What a reader gets of a log who goes on behind each hole.</summary>
static class LogContent
{
    /// <summary>The batches with their base offsets, and the holes that were met. Fails when the reader stands still or goes back.</summary>
    public static (SortedDictionary<long, byte[]> Batches, List<LogHoleException> Holes) Read(ILog log, int maxBytes = 2000)
    {
        var (batches, holes) = (new SortedDictionary<long, byte[]>(), new List<LogHoleException>());
        for (var offset = log.Bounds.StartOffset; offset < log.Bounds.EndOffset;)
        {
            try
            {
                using var read = log.Read(offset, long.MaxValue, maxBytes);
                // Behind the last batch there may be a gap, if what holds it took the place of others.
                if (read.Bytes.IsEmpty && log.Parts().Any(part => part.WasReplaced && part.BaseOffset <= offset)) break;
                Assert.False(read.Bytes.IsEmpty, $"nothing was read at offset {offset} below the end {log.Bounds.EndOffset}");
                var walk = new BatchWalk(read.Bytes.Span);
                while (walk.MoveNext())
                {
                    batches.Add(walk.Header.BaseOffset, walk.Batch.ToArray());
                    Assert.True(walk.Header.NextOffset > offset);
                    offset = walk.Header.NextOffset;
                }
            }
            catch (LogHoleException hole)
            {
                // Before a hole there may be a gap.
                Assert.InRange(offset, log.Parts().Any(part => part.WasReplaced) ? 0 : hole.StartOffset, hole.EndOffset - 1);
                Assert.Contains(log.Holes, known => known.StartOffset == hole.StartOffset && known.EndOffset == hole.EndOffset);
                holes.Add(hole);
                offset = hole.EndOffset;
            }
        }
        return (batches, holes);
    }
}
