using Microsoft.Win32.SafeHandles;
using Semel.Log.Segments.Device;

namespace Semel.Log.Tests.Segments;

/// <summary>Forces nothing, for tests in which no power cut comes.</summary>
sealed class NoForce : IForce
{
    public void File(SafeFileHandle file, string path)
    {
    }

    public void Directory(string path)
    {
    }
}
