// Where the phone is. That somebody does not let it say so is told as such.
export interface Place {
  position?: { lat: number; lon: number; accuracy_m: number };
  no_position?: "denied" | "unavailable";
}

const PATIENCE_MS = 8_000;

export function whereAmI(): Promise<Place> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({ no_position: "unavailable" });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({ position: { lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy } }),
      (error) => resolve({ no_position: error.code === error.PERMISSION_DENIED ? "denied" : "unavailable" }),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 5_000 },
    );
  });
}
