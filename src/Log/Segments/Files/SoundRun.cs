namespace Semel.Log.Segments.Files;

/// <summary>Batches of a damaged segment that follow each other and are sound.</summary>
/// <param name="EndPosition"><see cref="int.MaxValue"/> while the log's writer adds to it.</param>
/// <param name="EndOffset"><see cref="long.MaxValue"/> while the log's writer adds to it.</param>
readonly record struct SoundRun(int Position, int EndPosition, long StartOffset, long EndOffset)
{
    public static SoundRun Open(int position, long startOffset) => new(position, int.MaxValue, startOffset, long.MaxValue);
}
