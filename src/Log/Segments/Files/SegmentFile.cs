using Semel.Log.Segments.Device;

namespace Semel.Log.Segments.Files;

/// <summary>One file of a segment: its batches or an index. There are many of them, so the path is put together when it is needed.</summary>
sealed class SegmentFile(OpenFiles files, string folder, long baseOffset, int generation, string suffix)
    : OnDemandFile(files, suffix == SegmentName.LogSuffix ? FileMode.Open : FileMode.OpenOrCreate)
{
    public override string Path => System.IO.Path.Combine(folder, new SegmentName(baseOffset, generation).With(suffix));
}
